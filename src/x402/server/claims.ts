/**
 * Which payments were used for what. A payment is claimed before it is settled, so that it buys one answer however
 * often and however fast it comes; it stays claimed while its settlement is undecided, and can be used again by the
 * same request only while it has bought nothing.
 */
import type { Settlement } from '../wire/settlement.ts'

export interface Claim {
  /** The request it pays for. */
  fingerprint: string
  /**
   * `busy`: being settled or served. `undecided`: handed to the facilitator, outcome not known. `open`: settled, and
   * nothing was delivered in full. `used`: it has bought its answer.
   */
  state: 'busy' | 'undecided' | 'open' | 'used'
  /** What the facilitator knows this server by when the payment is settled: nobody else is told it. */
  key?: string
  /** The settlement, once there is one. */
  settlement?: Settlement
  /** How often content was begun for it. */
  deliveries: number
  /** Seconds since the epoch after which it need not be remembered: the chain takes the payment no more. */
  until: bigint
  /**
   * It was left without an outcome: its process ended, or no answer came that could be relied on. It may be settled,
   * although nobody was told.
   */
  left?: boolean
}

/** What a change returns: the claim to keep (undefined: none) and an answer for the caller. */
export interface ClaimChange<T> {
  claim: Claim | undefined
  answer: T
}

/** `update` is linearizable for each name; `change` is synchronous and has no side effects. */
export interface ClaimStore {
  update<T>(name: string, change: (claim: Claim | undefined) => ClaimChange<T>): Promise<T>
  /** Drops expired claims that are not `busy`. `now` is in seconds since the epoch. */
  forget(now: bigint): Promise<void>
}

/** Builds an empty store of claims in memory, the default of `paywall`. Its claims are lost when the process ends. */
export function memoryClaims(): ClaimStore {
  const claims = new Map<string, Claim>()
  return {
    async update(name, change) {
      const { claim, answer } = change(claims.get(name))
      if (claim === undefined) claims.delete(name)
      else claims.set(name, claim)
      return answer
    },
    async forget(now) {
      for (const [name, { until, state }] of claims) if (until < now && state !== 'busy') claims.delete(name)
    },
  }
}

/** A claim that a process left `busy` when it ended, as the next one finds it. Pure. */
export function leftBy(claim: Claim): Claim {
  if (claim.state !== 'busy') return claim
  // What was delivered of it is not known: it counts as begun.
  if (claim.settlement !== undefined) return after(claim, false).claim ?? claim
  return { ...claim, state: 'undecided', left: true }
}

/** How often one payment may begin content. A client that lost its answer may ask again, but not without limit. */
export const maxDeliveries = 3

/** What a request may do with its payment. */
export type Taken = { settle: 'first' | 'again'; key?: string } | { deliver: Settlement } | 'refused'

/** Claims a payment for a request; `key` is for one that is new. Pure. */
export function take(
  claim: Claim | undefined,
  fingerprint: string,
  until: bigint,
  key: string,
): ClaimChange<Taken> {
  if (claim === undefined)
    return {
      claim: { fingerprint, state: 'busy', key, deliveries: 0, until },
      answer: { settle: 'first', key },
    }
  const refused: ClaimChange<Taken> = { claim, answer: 'refused' }
  if (claim.fingerprint !== fingerprint) return refused
  if (claim.state === 'undecided') {
    const keyed = claim.key === undefined ? {} : { key: claim.key }
    return { claim: { ...claim, state: 'busy' }, answer: { settle: 'again', ...keyed } }
  }
  const { settlement } = claim
  if (claim.state !== 'open' || settlement === undefined) return refused
  return { claim: { ...claim, state: 'busy' }, answer: { deliver: settlement } }
}

/** What becomes of a claim when content was made for it: in full, or not. Pure. */
export function after(claim: Claim | undefined, complete: boolean): ClaimChange<void> {
  if (claim === undefined) return { claim, answer: undefined }
  const deliveries = claim.deliveries + 1
  const state = complete || deliveries >= maxDeliveries ? 'used' : 'open'
  return { claim: { ...claim, deliveries, state }, answer: undefined }
}
