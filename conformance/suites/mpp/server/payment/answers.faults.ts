/** Servers whose offers, receipts or status codes are not what was agreed. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Preferences from '../../../../../src/mpp/wire/preferences.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterReceipt,
  instead,
  onResponse,
  payloadOf,
  unpaid,
  type Wrap,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

interface Offered {
  method: string
  intent: string
}

/** A server with two ways to pay, of which it offers what `choose` says. */
const offeringTwo =
  (
    choose: (
      offers: readonly Offered[],
      ranges: Preferences.PaymentRange[] | undefined,
    ) => readonly Offered[],
  ): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    const field = response.headers.get('www-authenticate')
    if (field === null || !unpaid(request)) return response
    const params = new Map(AuthParams.decode(field)[0]?.params)
    const all = [
      { method: 'tempo', intent: 'session' },
      { method: 'stripe', intent: 'charge' },
    ]
    const chosen = choose(all, rangesOf(request))
    const offered = chosen.length === 0 ? all : chosen
    const fields = offered.map(({ method, intent }) =>
      AuthParams.encode(Challenge.scheme, new Map(params).set('method', method).set('intent', intent)),
    )
    return withHeaders(response, (headers) => headers.set('www-authenticate', fields.join(', ')))
  }

function rangesOf(request: Request): Preferences.PaymentRange[] | undefined {
  try {
    const field = request.headers.get('accept-payment')
    return field === null ? undefined : Preferences.decode(field)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

const preferring = (request: Request, text: string): boolean =>
  (request.headers.get('accept-payment') ?? '').includes(text)

export const answerFaults = [
  fault({
    name: 'offers-only-what-is-asked-for',
    breaks: 'CORE-ACC-006',
    caughtBy: ['preferences.absent'],
    http: onResponse(
      (request) => unpaid(request) && !request.headers.has('accept-payment'),
      (response) => withHeaders(response, (headers) => headers.delete('www-authenticate')),
    ),
  }),
  fault({
    name: 'refuses-who-prefers',
    breaks: 'CORE-ACC-002',
    caughtBy: ['preferences.usual'],
    http: instead(
      ({ headers }) => headers.get('accept-payment') === 'tempo/session',
      () => new Response(null, { status: 406 }),
    ),
  }),
  fault({
    name: 'offers-nothing-to-the-picky',
    breaks: 'CORE-STAT-007',
    caughtBy: ['preferences.unusable'],
    http: onResponse(
      (request) => preferring(request, 'x402/exact'),
      (response) => withHeaders(response, (headers) => headers.delete('www-authenticate')),
    ),
  }),
  fault({
    name: 'offers-what-nobody-takes',
    breaks: 'CORE-ACC-003',
    caughtBy: ['preferences.only-matching', 'preferences.most-specific'],
    http: offeringTwo((offers, ranges) =>
      [...offers].sort((a, b) => Preferences.weight(b, ranges ?? []) - Preferences.weight(a, ranges ?? [])),
    ),
  }),
  fault({
    name: 'offers-in-its-own-order',
    breaks: 'CORE-ACC-004',
    caughtBy: ['preferences.order'],
    http: offeringTwo((offers, ranges) =>
      offers.filter((offer) => ranges === undefined || Preferences.weight(offer, ranges) > 0),
    ),
  }),
  fault({
    name: 'the-best-range-decides',
    breaks: 'CORE-ACC-005',
    caughtBy: ['preferences.most-specific'],
    http: offeringTwo((offers, ranges) => {
      if (ranges === undefined) return offers
      const best = (offer: Offered) => Math.max(...ranges.map((range) => Preferences.weight(offer, [range])))
      return offers.filter((offer) => best(offer) > 0).sort((a, b) => best(b) - best(a))
    }),
  }),
  fault({
    name: 'crashes-on-preferences',
    breaks: 'CORE-PROB-010',
    caughtBy: ['preferences.no-5xx'],
    http: instead(
      (request) => preferring(request, ';;;'),
      () => new Response(null, { status: 500 }),
    ),
  }),
  fault({
    name: 'paid-without-receipt',
    breaks: 'CORE-RCPT-001',
    caughtBy: ['receipt.present'],
    http: onResponse((_, { headers }) => headers.has('payment-receipt'), withoutReceipt),
  }),
  fault({
    name: 'paid-content-for-all',
    breaks: 'CORE-RCPT-007',
    caughtBy: ['receipt.private'],
    like: ['GHSA-82qh-vrvm-gqvc'],
    http: onResponse(
      (_, { headers }) => headers.has('payment-receipt'),
      (response) => withHeaders(response, (headers) => headers.set('cache-control', 'public, max-age=60')),
    ),
  }),
  fault({
    name: 'padded-receipt',
    breaks: 'CORE-RCPT-002',
    caughtBy: ['receipt.encoding'],
    http: onResponse(
      (_, { headers }) => headers.has('payment-receipt'),
      (response) =>
        withHeaders(response, (headers) =>
          headers.set('payment-receipt', `${headers.get('payment-receipt')}==`),
        ),
    ),
  }),
  fault({
    name: 'receipt-without-reference',
    breaks: 'CORE-RCPT-003',
    caughtBy: ['receipt.members'],
    http: alterReceipt(
      () => true,
      (receipt) => delete receipt['reference'],
    ),
  }),
  fault({
    name: 'receipt-of-settled',
    breaks: 'CORE-RCPT-004',
    caughtBy: ['receipt.success'],
    http: alterReceipt(
      () => true,
      (receipt) => {
        receipt['status'] = 'settled'
      },
    ),
  }),
  fault({
    name: 'receipt-in-seconds',
    breaks: 'CORE-RCPT-006',
    caughtBy: ['receipt.timestamp'],
    http: alterReceipt(
      () => true,
      (receipt) => {
        receipt['timestamp'] = '1795000000'
      },
    ),
  }),
  fault({
    name: 'crashes-on-content',
    breaks: 'CORE-PROB-010',
    caughtBy: ['receipt.no-5xx'],
    http: instead(
      (request) => request.method === 'GET' && payloadOf(request)['action'] === 'voucher',
      () => new Response(null, { status: 500 }),
    ),
  }),
  fault({
    name: 'members-only',
    breaks: 'CORE-SEC-003',
    caughtBy: ['status.no-account'],
    http: instead(
      (request) => payloadOf(request)['action'] === 'open' && !request.headers.has('cookie'),
      () => new Response('sign up first\n', { status: 401 }),
    ),
  }),
  fault({
    name: 'sells-what-is-not-there',
    breaks: 'CORE-STAT-012',
    caughtBy: ['status.not-found'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (response.status !== 404) return response
      return handler(new Request(new URL('/poem', request.url), { headers: request.headers }))
    },
  }),
  fault({
    name: 'free-by-another-method',
    breaks: 'CORE-STAT-001',
    caughtBy: ['status.every-method'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: instead(
      ({ method }) => method === 'DELETE',
      () => new Response('data: a poem\n\n', { headers: { 'content-type': 'text/event-stream' } }),
    ),
  }),
  fault({
    name: 'free-by-another-spelling',
    breaks: 'CORE-STAT-001',
    caughtBy: ['status.every-spelling'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: instead(
      ({ url }) => new URL(url).pathname === '/poem/',
      () => new Response('data: a poem\n\n', { headers: { 'content-type': 'text/event-stream' } }),
    ),
  }),
  fault({
    name: 'charges-who-is-named',
    breaks: 'CORE-IDEM-001',
    caughtBy: ['status.unpaid-moves-nothing', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const channelId = request.headers.get('payment-session')
        if (channelId !== null) await amend(store, channelId, ({ accepted }) => ({ spent: accepted }))
        return handler(request)
      },
  }),
  fault({
    name: 'crashes-on-odd-paths',
    breaks: 'CORE-PROB-010',
    caughtBy: ['status.no-5xx'],
    http: instead(
      ({ url }) => url.includes('%'),
      () => new Response(null, { status: 500 }),
    ),
  }),
]
