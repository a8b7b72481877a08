/**
 * The `request` of a charge: one payment, at once. Here for the zero-amount charge that sessions begin with, and for
 * what every client must be able to show of a charge of any method.
 * Source: charge intent draft, "Request Schema".
 */
import { z } from 'zod'
import { amount, decodeWith, encodeWith, jsonObject, type Known } from '../../codec/schema.ts'
import * as Uint from '../../codec/uint.ts'
import * as Challenge from './challenge.ts'

/** The `request` of a charge challenge. Source: charge intent draft, "Request Schema". */
export const schema = z.looseObject({
  /** In base units of the currency. */
  amount: amount(Uint.maxUint256),
  /** A token address, an ISO 4217 code in lower case, or what the method defines. */
  currency: z.string().min(1),
  recipient: z.string().optional(),
  description: z.string().optional(),
  externalId: z.string().optional(),
  methodDetails: jsonObject.optional(),
})

/** What one payment must be. */
export type ChargeRequest = Known<z.output<typeof schema>>

/**
 * A request to the text of the challenge's `request`: base64url of canonical JSON. Throws `TypeError` when it repeats
 * the expiry, which only the challenge states (CHG-003).
 */
export function encode(request: ChargeRequest): string {
  if ('expires' in request) throw new TypeError('a charge request does not repeat the expiry')
  return Challenge.encodeObject(encodeWith(schema, request))
}

/** The text of a challenge's `request` to a request. Throws `DecodeError`. */
export const decode = (text: string): ChargeRequest =>
  decodeWith(schema, Challenge.request({ request: text }))
