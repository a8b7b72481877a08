/**
 * What servers and facilitators say to each other over HTTP: POST /verify, POST /settle, GET /supported.
 * Source: x402 specification v2, "Facilitator Interface".
 */
import { z } from 'zod'
import { DecodeError, inside } from '../../codec/decode-error.ts'
import type { JsonObject } from '../../codec/json.ts'
import { decodeWith, jsonObject, type Known } from '../../codec/schema.ts'
import * as EncodedObject from './encoded-object.ts'
import * as Payment from './payment.ts'
import * as Requirements from './requirements.ts'
import * as Settlement from './settlement.ts'

/** Largest body that is read, in characters. */
export const maxBodyChars = 262_144

/** The header field with the key of a request to settle. */
export const keyField = 'idempotency-key'

/** The body of /verify and /settle. */
export const requestSchema = z.looseObject({
  /** Repeats the version of the payment; v2 may leave it out. */
  x402Version: z.int().nullish(),
  paymentPayload: jsonObject,
  paymentRequirements: jsonObject,
})

/** A payment, and what it is to pay. */
export interface FacilitatorRequest {
  payment: Payment.Payment
  requirements: Requirements.Requirements
  /**
   * Says of two requests to settle that one server makes both, so that it may hear the same success again: a secret of
   * its own for each payment. Over HTTP it is `Idempotency-Key`; verification has no use for it.
   */
  key?: string
}

/** The answer of `/verify`. */
export const verificationSchema = z.looseObject({
  isValid: z.boolean(),
  invalidReason: z.string().nullish(),
  payer: z.string().nullish(),
})

/** Whether a payment is good, and why not. */
export type Verification = Known<z.output<typeof verificationSchema>>

/** The answer of `/supported`. */
export const supportedSchema = z.looseObject({
  kinds: z.array(
    z.looseObject({
      x402Version: z.int(),
      scheme: z.string(),
      network: z.string(),
      extra: jsonObject.nullish(),
    }),
  ),
  extensions: z.array(z.string()).nullish(),
  signers: jsonObject.nullish(),
})

/** What a facilitator takes. */
export type Supported = Known<z.output<typeof supportedSchema>>

/** A request to the text of its body. */
export const encodeRequest = ({ payment, requirements }: FacilitatorRequest): string =>
  JSON.stringify({
    x402Version: payment.version,
    paymentPayload: payment.json,
    paymentRequirements: requirements.json,
  })

/** The text of a body to a request. Throws `DecodeError`, its path beginning with the part that is wrong. */
export function decodeRequest(text: string): FacilitatorRequest {
  const read = decodeWith(requestSchema, EncodedObject.parse(text, maxBodyChars))
  const payment = inside(['paymentPayload'], () => Payment.fromJson(read.paymentPayload))
  const { version } = payment
  if (typeof read.x402Version === 'number' && read.x402Version !== version)
    throw new DecodeError('bad-value', `the payment is of version ${version}`, { path: ['x402Version'] })
  const requirements = inside(['paymentRequirements'], () =>
    Requirements.fromJson(version, read.paymentRequirements),
  )
  return { payment, requirements }
}

const parse = (text: string): JsonObject => EncodedObject.parse(text, maxBodyChars)

/** The text of an answer of /verify. Throws `DecodeError`. */
export const decodeVerification = (text: string): Verification => decodeWith(verificationSchema, parse(text))

/** The text of an answer of /settle. Throws `DecodeError`. */
export const decodeSettlement = (text: string): Settlement.Settlement => Settlement.fromJson(parse(text))

/** The text of an answer of /supported. Throws `DecodeError`. */
export const decodeSupported = (text: string): Supported => decodeWith(supportedSchema, parse(text))

/**
 * A facilitator, local or remote. Its methods reject with the errors of the transport; an invalid payment is an answer.
 */
export interface Facilitator {
  /** Whether a payment would be settled. Moves nothing. */
  verify(request: FacilitatorRequest): Promise<Verification>
  /** Settles a payment on chain, once. */
  settle(request: FacilitatorRequest): Promise<Settlement.Settlement>
  supported(): Promise<Supported>
}
