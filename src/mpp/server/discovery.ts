/** The discovery document of a payee: what each of its operations costs, from the offers themselves. */
import type { JsonObject } from '../../codec/json.ts'
import * as Uint from '../../codec/uint.ts'
import * as Discovery from '../wire/discovery.ts'
import type { ChargeOffer } from './charge/offer.ts'
import type { Offer } from './offer.ts'
import type { Payee } from './payee.ts'

/** One of the ways an operation can be paid. */
export type Priced = { session: Offer } | { charge: ChargeOffer }

/** One operation that has to be paid. */
export interface PaidOperation {
  summary: string
  /** Alternatives, in the order of preference. */
  offers: readonly [Priced, ...Priced[]]
  /** Media type of the success answer -> its JSON Schema (DISC-014). */
  answers: Readonly<Record<string, JsonObject>>
  /** JSON Schema of the request's JSON body, if it takes one. */
  takes?: JsonObject
}

/** What a discovery document says of a service. */
export interface Service {
  title: string
  version: string
  info?: Discovery.ServiceInfo
  /** Path -> HTTP method in lower case -> operation. */
  paths: Readonly<Record<string, Readonly<Record<string, PaidOperation>>>>
}

/** How long a document may be kept, in seconds. */
const maxAgeSeconds = 300

/** Answers `GET /openapi.json`. Throws `TypeError` for a service without an operation. */
export function discoveryDocument(payee: Payee, { title, version, info, paths }: Service) {
  if (Object.values(paths).every((verbs) => Object.keys(verbs).length === 0))
    throw new TypeError('a discovery document has at least one operation')
  const described = Object.entries(paths).map(([path, verbs]) => [
    path,
    Object.fromEntries(Object.entries(verbs).map(([verb, paid]) => [verb, operation(payee, paid)])),
  ])
  const document = {
    openapi: '3.1.0',
    info: { title, version },
    ...(info === undefined ? {} : { 'x-service-info': info }),
    paths: Object.fromEntries(described),
  }
  const text = JSON.stringify(document)
  return async ({ method }: Request): Promise<Response> => {
    if (method !== 'GET' && method !== 'HEAD')
      return new Response(null, { status: 405, headers: { allow: 'GET, HEAD' } })
    const headers = { 'content-type': 'application/json', 'cache-control': `max-age=${maxAgeSeconds}` }
    return new Response(method === 'HEAD' ? null : text, { headers })
  }
}

function operation(payee: Payee, { summary, offers, answers, takes }: PaidOperation): JsonObject {
  const content = Object.entries(answers).map(([type, schema]) => [type, { schema }])
  return {
    summary,
    'x-payment-info': Discovery.encodeOffers(offers.map((priced) => discovered(payee, priced))),
    ...(takes === undefined ? {} : { requestBody: { content: { 'application/json': { schema: takes } } } }),
    responses: {
      '200': { description: 'What was paid for', content: Object.fromEntries(content) },
      '402': { description: 'Payment Required' },
    },
  }
}

function discovered({ currency }: Payee, priced: Priced): Discovery.Offer {
  const [intent, { amount, description }] =
    'session' in priced ? (['session', priced.session] as const) : (['charge', priced.charge] as const)
  return {
    intent,
    method: 'tempo',
    amount: Uint.encode(Uint.fromDecimal(amount)),
    currency,
    ...(description === undefined ? {} : { description }),
  }
}
