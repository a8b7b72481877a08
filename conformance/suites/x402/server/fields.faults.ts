/** Faults that the scenario of field writings catches. */
import { paymentField, type Version, versions } from '../../../../src/x402/wire/fields.ts'
import { onResponse, type Wrap, withStatus } from '../../../peers/answers.ts'
import { spacedFields, tellingListen, writtenNames } from '../../../peers/lax-listen.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

/** Overlooks payment fields that a condition picks. */
const overlooking =
  (picks: (name: string, headers: Headers) => boolean): Wrap =>
  (handler) =>
  (request) => {
    for (const version of versions)
      if (picks(paymentField[version], request.headers)) request.headers.delete(paymentField[version])
    return handler(request)
  }

/** The payments of a field that is there more than once; base64 has no comma. */
const paymentsIn = (headers: Headers, version: Version): string[] =>
  (headers.get(paymentField[version]) ?? '').split(',').map((each) => each.trim())

/** A field that is empty, or a comma, or quotes. */
const holdsNothing = ({ headers }: Request): boolean =>
  versions.some((version) => /^[",\s]*$/.test(headers.get(paymentField[version]) ?? 'none'))

export const fieldsFaults = [
  fault({
    name: 'reads-payments-in-capitals-alone',
    breaks: 'X-FIELD-001',
    caughtBy: ['fields.any-case'],
    listen: tellingListen,
    http: overlooking((name, headers) => !(headers.get(writtenNames) ?? '').split(' ').includes(name)),
  }),
  fault({
    name: 'takes-white-space-for-a-part-of-payments',
    breaks: 'X-FIELD-002',
    caughtBy: ['fields.white-space'],
    listen: tellingListen,
    http: overlooking((name, headers) =>
      (headers.get(spacedFields) ?? '').split(' ').includes(name.toLowerCase()),
    ),
  }),
  fault({
    name: 'serves-for-an-empty-field',
    breaks: 'X-BAD-001',
    caughtBy: ['fields.empty'],
    http: onResponse(
      (request) => holdsNothing(request),
      () => new Response('data: free\n\n', { headers: { 'content-type': 'text/event-stream' } }),
    ),
  }),
  fault({
    name: 'takes-all-payments-of-a-field',
    breaks: 'X-ONCE-004',
    caughtBy: ['fields.one-payment'],
    made: 'rule',
    http: (handler) => async (request) => {
      const version = versions.find((each) => new Set(paymentsIn(request.headers, each)).size > 1)
      if (version === undefined) return handler(request)
      const body = await request.text()
      let last: Response | undefined
      for (const payment of paymentsIn(request.headers, version)) {
        await last?.text()
        const headers = new Headers(request.headers)
        headers.set(paymentField[version], payment)
        last = await handler(new Request(request.url, { method: request.method, headers, body }))
      }
      return last as Response
    },
  }),
  fault({
    name: 'breaks-on-fields-that-are-repeated',
    breaks: 'X-BAD-003',
    caughtBy: ['fields.no-5xx'],
    http: onResponse(
      (request, { status }) =>
        status === 400 && isPaid(request) && versions.some((v) => paymentsIn(request.headers, v).length > 1),
      (response) => withStatus(response, 500),
    ),
  }),
]
