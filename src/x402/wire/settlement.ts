/**
 * The outcome of a settlement: the answer of a facilitator, and the receipt a client gets in `PAYMENT-RESPONSE` (v2)
 * or `X-PAYMENT-RESPONSE` (v1). A claim: only the chain knows whether money moved.
 * Source: x402 specification v1 and v2, "SettlementResponse Schema".
 */
import { z } from 'zod'
import type { JsonObject } from '../../codec/json.ts'
import { decodeWith, type Known } from '../../codec/schema.ts'
import * as EncodedObject from './encoded-object.ts'
import { isSameNetwork } from './network.ts'

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

/** The payment that a settlement should be of. */
export interface Expected {
  /** Under either version's name. */
  network: string
  /** The account that signed. */
  payer: string
}

/** What is wrong with a success that cannot be of this payment. */
export type Contradiction = 'no-transaction' | 'other-network' | 'other-payer'

/** What a settlement that succeeded says, by what it is wrong with if it does not fit the payment. */
export const fits: Readonly<Record<Contradiction, (said: Settlement, expected: Expected) => boolean>> = {
  'no-transaction': ({ transaction }) => /^0x[0-9a-fA-F]{64}$/.test(transaction ?? ''),
  'other-network': (said, { network }) => isSameNetwork(said.network, network),
  'other-payer': (said, { payer }) => isSamePayer(said.payer, payer),
}

/**
 * Why a success is none that can be relied on: it names no transaction, or the network or the payer of another payment.
 * Undefined when it fits, and for settlements that failed: they name what they like. Pure.
 */
export const contradiction = (settlement: Settlement, expected: Expected): Contradiction | undefined =>
  settlement.success
    ? (Object.keys(fits) as Contradiction[]).find((wrong) => !fits[wrong](settlement, expected))
    : undefined

/** Whether an answer names this payer, or none: the member is optional. */
export const isSamePayer = (named: string | null | undefined, payer: string): boolean =>
  typeof named !== 'string' || named.toLowerCase() === payer.toLowerCase()
