/**
 * The responses that carry no content. 402 asks for a payment or refuses one; 400 is for a malformed payment. A
 * settlement whose outcome is unknown is 503 and never 402, because a client would pay twice. Source: HTTP transport v1
 * and v2, "Error Handling".
 */
import type { JsonObject } from '../../codec/json.ts'
import { requiredField, settlementField, type Version } from '../wire/fields.ts'
import * as PaymentIdentifier from '../wire/payment-identifier.ts'
import * as Required from '../wire/required.ts'
import type { Requirements, Resource } from '../wire/requirements.ts'
import * as Settlement from '../wire/settlement.ts'

/** Seconds after which a client should ask again about an undecided payment. */
const retryAfterSeconds = 2

/** What is asked, in the versions that are offered. */
export interface Ask {
  resource: Resource
  requirements: ReadonlyMap<Version, Requirements>
}

/** 402: what it costs and, when a payment was refused, why. */
export function paymentRequired(ask: Ask, error: string, headers: Record<string, string> = {}): Response {
  const stated = (version: Version): Required.Required | undefined => {
    const requirements = ask.requirements.get(version)
    if (requirements === undefined) return undefined
    const extensions = version === 2 ? { extensions: PaymentIdentifier.advertise() } : {}
    return Required.from(version, ask.resource, [requirements], { error, ...extensions })
  }
  const header = stated(2)
  return answer(402, stated(1)?.json ?? {}, {
    ...(header === undefined ? {} : { [requiredField]: Required.encode(header) }),
    ...headers,
  })
}

/** 402: the settlement failed, with its outcome. */
export const notSettled = (ask: Ask, version: Version, settlement: Settlement.Settlement): Response =>
  paymentRequired(ask, settlement.errorReason ?? 'settlement failed', receipt(version, settlement))

/** 400: what is in the field is no payment, or the request is none. */
export const badRequest = (error: string): Response => answer(400, { error })

/** 409: the id belongs to another payment or another request. */
export const conflict = (): Response => answer(409, { error: 'this payment identifier was used otherwise' })

/** 503: the outcome of the settlement is not known. The same payment may be sent again, and no other should be. */
export const undecided = (): Response =>
  answer(
    503,
    { error: 'the settlement has no outcome yet; send the same payment again' },
    { 'retry-after': String(retryAfterSeconds) },
  )

/** 503: the facilitator cannot be asked. Nothing has moved. */
export const unavailable = (): Response =>
  answer(
    503,
    { error: 'payments cannot be verified at the moment; send the same payment again' },
    { 'retry-after': String(retryAfterSeconds) },
  )

/** 500: the content could not be made. */
export const failed = (): Response => answer(500, { error: 'the content could not be made' })

/** The field that tells a client what became of its payment. */
export const receipt = (version: Version, settlement: Settlement.Settlement): Record<string, string> => ({
  [settlementField[version]]: Settlement.encode(settlement),
})

/** The same response with further header fields, and private to this payer for caches. */
export function withFields(response: Response, fields: Record<string, string>): Response {
  const headers = new Headers(response.headers)
  for (const [name, value] of Object.entries(fields)) headers.set(name, value)
  if (!/\b(no-store|private)\b/i.test(headers.get('cache-control') ?? ''))
    headers.set('cache-control', 'private, no-cache')
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}

const answer = (status: number, body: JsonObject, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
