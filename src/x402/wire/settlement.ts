/**
 * The outcome of a settlement: the answer of a facilitator, and the receipt a client gets in `PAYMENT-RESPONSE` (v2)
 * or `X-PAYMENT-RESPONSE` (v1). A claim: only the chain knows whether money moved.
 * Source: x402 specification v1 and v2, "SettlementResponse Schema".
 */
import { z } from 'zod'
import type { JsonObject } from '../../codec/json.ts'
import { decodeWith, type Known } from '../../codec/schema.ts'
import * as EncodedObject from './encoded-object.ts'

/** The answer of `/settle`, and the receipt made of it. */
export const schema = z.looseObject({
  success: z.boolean(),
  /** Transaction hash; empty, or left out, when nothing was settled. */
  transaction: z.string().nullish(),
  network: z.string(),
  payer: z.string().nullish(),
  errorReason: z.string().nullish(),
})

/** What became of a payment on chain. */
export type Settlement = Known<z.output<typeof schema>>

/** A JSON value to a settlement. Throws `DecodeError`. */
export const fromJson = (value: unknown): Settlement => decodeWith(schema, value)

/** A settlement to a field value. */
export const encode = (settlement: Settlement): string => EncodedObject.encode(settlement as JsonObject)

/** A field value to a settlement. Throws `DecodeError`. */
export const decode = (field: string): Settlement => fromJson(EncodedObject.decode(field))
