/** Servers that mix up their resources: whose challenge, at what price, until when, and for whom. */
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { alterCredential, forgetting } from '../../../../peers/mpp/payee/credentials.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterProblem,
  instead,
  inventedReceipt,
  onResponse,
  payloadOf,
  unpaid,
  type Wrap,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const at =
  (path: string) =>
  ({ url }: Request): boolean =>
    new URL(url).pathname === path
const crash = () => new Response(null, { status: 500 })
const onForbidden = (change: (headers: Headers) => void) =>
  onResponse(
    (_, { status }) => status === 403,
    (response) => withHeaders(response, change),
  )

/** Answers paid requests for what is barred otherwise. */
const onBarred =
  (change: (response: Response, request: Request) => Response): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    return at('/barred')(request) && !unpaid(request) ? change(response, request) : response
  }

export const resourceFaults = [
  fault({
    name: 'any-challenge-will-do',
    breaks: 'CORE-BIND-013',
    caughtBy: ['route.cheap-challenge', 'route.cheap-open'],
    like: ['tempoxyz/mpp-rs#97', 'tempoxyz/pympp#78', 'GHSA-8x4m-qw58-3pcx'],
    rules: { challenge: { samePrice: ok } },
  }),
  fault({
    name: 'one-price-for-all',
    breaks: 'CORE-BIND-013',
    caughtBy: ['route.price', 'audit.captured-is-delivered'],
    rules: {
      books: {
        charge: (ledger, { cost, units }) => ({
          ...ledger,
          spent: ledger.spent + cost / 10n,
          units: ledger.units + units,
        }),
      },
    },
  }),
  fault({
    name: 'crashes-on-another-price',
    breaks: 'CORE-PROB-010',
    caughtBy: ['route.no-5xx'],
    http: onResponse(
      (request, { status }) =>
        at('/dear')(request) && status === 402 && payloadOf(request)['action'] !== undefined,
      crash,
    ),
  }),
  fault({
    name: 'expired-is-good-enough',
    breaks: 'CORE-BIND-008',
    caughtBy: ['expiry.expired'],
    like: ['wevm/mppx#141'],
    rules: { challenge: { notExpired: ok } },
  }),
  fault({
    name: 'believes-the-echoed-expiry',
    breaks: 'CORE-BIND-008',
    caughtBy: ['expiry.stretched', 'expiry.removed', 'expiry.expired'],
    like: ['tempoxyz/mpp-go#39'],
    http: forgetting('expires'),
    rules: { challenge: { notExpired: ok } },
  }),
  fault({
    name: 'expired-called-required',
    breaks: 'CORE-STAT-003',
    caughtBy: ['expiry.label'],
    http: alterProblem((_, type) => type.endsWith('payment-expired'), 'payment-required'),
  }),
  fault({
    name: 'crashes-on-expired',
    breaks: 'CORE-PROB-010',
    caughtBy: ['expiry.no-5xx'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (response.status !== 402) return response
      const text = await response.text()
      return text.includes('payment-expired') ? crash() : new Response(text, response)
    },
  }),
  fault({
    name: 'opaque-of-numbers',
    breaks: 'CORE-CHAL-020',
    caughtBy: ['opaque.form'],
    http: onResponse(
      (request, { headers }) => payloadOf(request)['action'] === undefined && headers.has('www-authenticate'),
      (response) =>
        withHeaders(response, (headers) => {
          const field = headers.get('www-authenticate') ?? ''
          headers.set(
            'www-authenticate',
            field.replace(/opaque="[^"]+"/, `opaque="${Challenge.encodeObject({ order: 7 })}"`),
          )
        }),
    ),
  }),
  fault({
    name: 'forgets-what-it-wanted-back',
    breaks: 'CORE-BIND-011',
    caughtBy: ['opaque.altered', 'opaque.dropped'],
    like: ['tempoxyz/pympp#79'],
    http: forgetting('opaque'),
  }),
  fault({
    name: 'reads-the-description',
    breaks: 'CORE-CHAL-019',
    caughtBy: ['opaque.description'],
    http: (handler) => {
      let free = false
      return alterCredential(({ challenge }) => {
        free = String(challenge['description']).startsWith('free')
      })(async (request) => (free ? new Response(null, { status: 200 }) : handler(request)))
    },
  }),
  fault({
    name: 'crashes-without-opaque',
    breaks: 'CORE-PROB-010',
    caughtBy: ['opaque.no-5xx'],
    http: onResponse(
      (request, { status }) =>
        at('/opaque')(request) && status === 402 && payloadOf(request)['action'] === 'open',
      crash,
    ),
  }),
  fault({
    name: 'policy-as-402',
    breaks: 'CORE-STAT-006',
    caughtBy: ['policy.forbidden'],
    http: onResponse(
      (_, { status }) => status === 403,
      (response) => withStatus(response, 402),
    ),
  }),
  fault({
    name: 'challenge-with-403',
    breaks: 'CORE-STAT-006',
    caughtBy: ['policy.no-challenge'],
    http: onForbidden((headers) => headers.set('www-authenticate', 'Payment id="x", realm="x"')),
  }),
  fault({
    name: 'receipt-with-403',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['policy.no-receipt'],
    http: onForbidden((headers) => headers.set('payment-receipt', 'eyJzdGF0dXMiOiJmYWlsZWQifQ')),
  }),
  fault({
    name: 'charges-who-it-turns-away',
    breaks: 'SESS-CLOSE-004',
    caughtBy: ['policy.not-charged', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        const channelId = payloadOf(request)['channelId']
        if (response.status === 403) await amend(store, channelId, ({ accepted }) => ({ spent: accepted }))
        return response
      },
  }),
  fault({
    name: 'crashes-for-policy',
    breaks: 'CORE-PROB-010',
    caughtBy: ['policy.no-5xx', 'policy.forbidden'],
    http: instead(
      (request) =>
        at('/forbidden')(request) && request.method === 'GET' && payloadOf(request)['action'] !== undefined,
      crash,
    ),
  }),
  fault({
    name: 'receipts-on-errors',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['failure.no-receipt'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (!at('/failing')(request) || response.status !== 500) return response
      const receipt = inventedReceipt(request).headers.get('payment-receipt') ?? ''
      return withHeaders(response, (headers) => headers.set('payment-receipt', receipt))
    },
  }),
  fault({
    name: 'charges-for-errors',
    breaks: 'SESS-CLOSE-004',
    caughtBy: ['failure.not-charged', 'failure.still-paid', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        if (at('/failing')(request) && response.status === 500)
          await amend(store, payloadOf(request)['channelId'], ({ spent, accepted }) => ({
            spent: spent + 1000n > accepted ? accepted : spent + 1000n,
          }))
        return response
      },
  }),
  fault({
    name: 'asks-the-barred-to-pay-again',
    breaks: 'CORE-STAT-006',
    caughtBy: ['barred.forbidden'],
    http: onBarred((response) => withStatus(response, 402)),
  }),
  fault({
    name: 'receipts-for-the-barred',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['barred.no-receipt'],
    http: onBarred((response, request) => {
      const receipt = inventedReceipt(request).headers.get('payment-receipt') ?? ''
      return withHeaders(response, (headers) => headers.set('payment-receipt', receipt))
    }),
  }),
  fault({
    name: 'crashes-on-the-barred',
    breaks: 'CORE-PROB-010',
    caughtBy: ['barred.no-5xx', 'barred.forbidden'],
    http: onBarred(crash),
  }),
  fault({
    name: 'takes-charges-from-the-barred',
    breaks: 'CHG-010',
    caughtBy: ['barred.not-taken', 'audit.charged-is-delivered'],
    http: (handler) => async (request) => {
      if (!at('/barred')(request) || unpaid(request)) return handler(request)
      const { method, headers } = request
      // The terms are those of another resource, so the payment is good there.
      await handler(new Request(new URL('/charge', request.url), { method, headers }))
      return handler(request)
    },
  }),
]
