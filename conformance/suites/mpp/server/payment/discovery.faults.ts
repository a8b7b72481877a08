/** Servers whose discovery document is not where or what it must be. */
import * as Json from '../../../../../src/codec/json.ts'
import { at, onResponse, type Wrap, withHeaders, withStatus } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const document = at('/openapi.json')

/** Changes the document. */
const altered = (change: (value: Json.JsonObject) => void): Wrap =>
  onResponse(document, async (response) => {
    const value = Json.decode(await response.text()) as Json.JsonObject
    change(value)
    return new Response(JSON.stringify(value), response)
  })

/** Changes its first operation. */
const inOperation = (change: (operation: Json.JsonObject) => void): Wrap =>
  altered((value) => {
    const [item] = Object.values(value['paths'] as Record<string, Json.JsonObject>)
    change(item?.['get'] as Json.JsonObject)
  })

export const faults = [
  fault({
    name: 'document-of-an-error',
    breaks: 'CORE-PROB-010',
    caughtBy: ['discovery.no-5xx', 'discovery.served'],
    http: onResponse(
      (request) => document(request) && request.headers.get('accept') === 'application/json',
      (response) => withStatus(response, 500),
    ),
  }),
  fault({
    name: 'document-as-text',
    breaks: 'DISC-003',
    caughtBy: ['discovery.served'],
    http: onResponse(document, (response) =>
      withHeaders(response, (headers) => headers.set('content-type', 'text/plain')),
    ),
  }),
  fault({
    name: 'document-without-version',
    breaks: 'DISC-004',
    caughtBy: ['discovery.fields'],
    http: altered((value) => {
      value['info'] = { title: 'no version' }
    }),
  }),
  fault({
    name: 'price-not-told',
    breaks: 'DISC-005',
    caughtBy: ['discovery.payment-info'],
    http: inOperation((operation) => delete operation['x-payment-info']),
  }),
  fault({
    name: 'offer-in-short-form',
    breaks: 'DISC-006',
    caughtBy: ['discovery.offers-form'],
    http: inOperation((operation) => {
      const { offers } = operation['x-payment-info'] as { offers: Json.JsonObject[] }
      operation['x-payment-info'] = offers[0] as Json.JsonObject
    }),
  }),
  fault({
    name: 'offer-amount-as-number',
    breaks: 'DISC-008',
    caughtBy: ['discovery.offer'],
    http: inOperation((operation) => {
      operation['x-payment-info'] = { offers: [{ intent: 'session', method: 'tempo', amount: 1000 }] }
    }),
  }),
  fault({
    name: 'no-402-declared',
    breaks: 'DISC-009',
    caughtBy: ['discovery.declares-402'],
    http: inOperation((operation) => delete (operation['responses'] as Json.JsonObject)['402']),
  }),
  fault({
    name: 'document-without-cache-control',
    breaks: 'DISC-011',
    caughtBy: ['discovery.cache-control'],
    http: onResponse(document, (response) =>
      withHeaders(response, (headers) => headers.delete('cache-control')),
    ),
  }),
  fault({
    name: 'one-category-as-text',
    breaks: 'DISC-012',
    caughtBy: ['discovery.service-info'],
    http: altered((value) => {
      value['x-service-info'] = { categories: 'media' }
    }),
  }),
  fault({
    name: 'answers-not-described',
    breaks: 'DISC-014',
    caughtBy: ['discovery.answers-described'],
    http: inOperation((operation) => {
      ;(operation['responses'] as Json.JsonObject)['200'] = { description: 'whatever' }
    }),
  }),
]
