/**
 * Payments that were signed and may not have been used: their call failed without an answer that says so. SDKs repeat
 * such calls by calling fetch again; the same call is then paid with the same payment, and nothing is signed twice.
 */
import type { Payment } from '../wire/payment.ts'
import type { Requirements } from '../wire/requirements.ts'

/** A payment, what it pays, and when its signature ends in seconds since the epoch. */
export interface Signed {
  payment: Payment
  requirements: Requirements
  validBefore: bigint
}

/** Most payments that are kept; the oldest go first. */
export const maxUnspent = 1_000
/** Seconds that a payment must still be good for to be sent again. */
const marginSeconds = 6n

export interface Unspent {
  /** The payment of a call that failed, to be used by one caller. `now` is in seconds. */
  take(fingerprint: string, now: number): Signed | undefined
  keep(fingerprint: string, signed: Signed): void
}

/** Builds it with nothing kept. */
export function unspent(): Unspent {
  const kept = new Map<string, Signed>()
  return {
    take(fingerprint, now) {
      const signed = kept.get(fingerprint)
      kept.delete(fingerprint)
      return signed !== undefined && signed.validBefore > BigInt(now) + marginSeconds ? signed : undefined
    },
    keep(fingerprint, signed) {
      kept.delete(fingerprint)
      kept.set(fingerprint, signed)
      if (kept.size > maxUnspent) kept.delete(kept.keys().next().value as string)
    },
  }
}
