/**
 * The facts that the money of x402 is counted by, as they stand in the trace: what was signed, what came for it, what
 * the chain says. A payment is named by the nonce of its authorization. Amounts are base units.
 */
import type { Address, Bytes32 } from '../../../../src/codec/hex.ts'

export type Event =
  /** A payment for one call. A call that is repeated keeps its name. */
  | { is: 'signed'; call: string; payer: Address; amount: bigint }
  /** Content came for it, or went out for it. */
  | { is: 'delivered' }
  /** It was taken, and what was paid for could not be given: the answer said so, with its receipt. */
  | { is: 'owed' }
  /** The kit gave up on the answer, or disturbed the settlement: what it bought is not held against the other side. */
  | { is: 'disturbed' }
  /** The facilitator of the kit said that it was settled, and it is not: content for it is not the seller's mistake alone. */
  | { is: 'misled' }
  /** The chain has it. */
  | { is: 'settled' }

export type Fact = { payment: Bytes32 } & Event
