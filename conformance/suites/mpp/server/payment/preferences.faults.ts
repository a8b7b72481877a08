/** Servers that mistake what a client says it can pay with. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import * as Preferences from '../../../../../src/mpp/wire/preferences.ts'
import { instead, onResponse, unpaid, type Wrap, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
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

export const faults = [
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
]
