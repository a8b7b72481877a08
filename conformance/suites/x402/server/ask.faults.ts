/** Faults that the ask scenario catches. */
import * as Json from '../../../../src/codec/json.ts'
import { requiredField } from '../../../../src/x402/wire/fields.ts'
import { onResponse, withHeaders, withStatus } from '../../../peers/answers.ts'
import { isPaid, rewriting402 } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

const asks = (_: Request, { status }: Response) => status === 402

/** Every way to pay in a 402. */
const entries = ({ accepts }: Json.JsonObject) => accepts as (Json.JsonObject & { extra: Json.JsonObject })[]

export const askFaults = [
  fault({
    name: 'asks-with-401',
    breaks: 'X-ASK-001',
    caughtBy: ['ask.402'],
    http: onResponse(asks, (response) => withStatus(response, 401)),
  }),
  fault({
    name: 'asks-in-base64url',
    breaks: 'X-ASK-002',
    caughtBy: ['ask.decodes'],
    http: onResponse(asks, (response) =>
      withHeaders(response, (headers) => headers.set(requiredField, `-_${headers.get(requiredField)}`)),
    ),
  }),
  fault({
    name: 'asks-for-another-scheme',
    breaks: 'X-ASK-003',
    caughtBy: ['ask.exact'],
    http: rewriting402((said) => {
      if (said['x402Version'] === 2) for (const entry of entries(said)) entry['scheme'] = 'inexact'
    }),
  }),
  fault({
    name: 'names-another-token',
    breaks: 'X-ASK-004',
    caughtBy: ['ask.domain'],
    http: rewriting402((said) => {
      for (const { extra } of entries(said)) extra['name'] = 'USD Coin'
    }),
  }),
  fault({
    name: 'names-another-resource',
    breaks: 'X-ASK-005',
    caughtBy: ['ask.resource'],
    http: rewriting402((said) => {
      if (said['x402Version'] === 2) said['resource'] = { url: 'https://elsewhere.test/other' }
    }),
  }),
  fault({
    name: 'lets-what-it-asks-be-stored',
    breaks: 'X-ASK-006',
    caughtBy: ['ask.no-store'],
    http: onResponse(asks, (response) => withHeaders(response, (headers) => headers.delete('cache-control'))),
  }),
  fault({
    name: 'asks-the-model-first',
    breaks: 'X-ASK-007',
    caughtBy: ['ask.no-work'],
    works: (request) => !isPaid(request),
  }),
  fault({
    name: 'asks-for-streams-alone',
    breaks: 'X-SETL-001',
    caughtBy: ['ask.every-form'],
    http: (handler) => async (request) => {
      const asked = Json.decode(await request.clone().text())
      if (isPaid(request) || (Json.isObject(asked) && asked['stream'] === true)) return handler(request)
      return Response.json({ object: 'chat.completion', choices: [{ message: { content: 'Free.' } }] })
    },
  }),
]
