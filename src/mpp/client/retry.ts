/**
 * What is sent again, as pure rules: a payment whose answer got lost, as it was; a credential that came too early, later;
 * a payment that was refused, when the refusal says that it can be mended.
 */
import * as Challenge from '../wire/challenge.ts'
import * as Problem from '../wire/problem.ts'

/** How often a payment is sent again when its answer got lost. */
const maxRepeats = 2
/** How often a request's payment is mended before its refusal is told. */
const maxMends = 3
/** A pause where a server names none, in milliseconds. */
const defaultPauseMs = 1_000
/** The shortest pause, in milliseconds: a server that asks to wait for no time at all is not asked without end. */
const leastPauseMs = 250

/** A refusal, as far as the server says why. */
export interface RefusedInput {
  problem: Problem.Problem | undefined
  /** How often the payment was mended already. */
  mends: number
}

export const retryRules = {
  /** Whether a payment without an answer is sent again, after `repeats` repeats. */
  repeats: ({ repeats }: { repeats: number }): boolean => repeats < maxRepeats,
  /** The Idempotency-Key of the next sending: the same one, so that the call is charged once. */
  key: ({ key }: { key: string; repeats: number }): string => key,
  /**
   * How long to wait before a credential is sent again, in milliseconds; undefined takes the answer as final.
   * `patienceMs`: how much longer it may take.
   */
  pause({ status, retryAfterMs = defaultPauseMs, patienceMs }: PauseInput): number | undefined {
    const ms = Math.max(retryAfterMs, leastPauseMs)
    return (status === 429 || status === 503) && ms <= patienceMs ? ms : undefined
  },
  /** Whether a server does not know HEAD, and is asked by POST. */
  byPost: ({ status }: { status: number }): boolean => [404, 405, 501].includes(status),
  /** Whether a challenge that was kept may still be answered: one that is over is replaced first (CORE-CHAL-015). */
  stillHolds: ({ challenge, now }: { challenge: Challenge.Challenge; now: number }): boolean =>
    !Challenge.isExpired(challenge, now),
  /** Whether a problem is mended by answering a fresh challenge with the same payment. */
  freshChallenge: ({ problem }: Pick<RefusedInput, 'problem'>): boolean =>
    /\/(invalid-challenge|payment-expired|challenge-not-found)$/.test(problem?.type ?? ''),
  /** Whether a payment that was refused is tried again, in any way. */
  mends: ({ mends }: RefusedInput): boolean => mends < maxMends,
  /** Whether the claim may have been spent by another request on the channel. */
  spentElsewhere: ({ problem }: Pick<RefusedInput, 'problem'>): boolean =>
    slugOf(problem) === 'session/insufficient-balance',
  /** Whether the server may not have seen the deposit that the chain has. */
  otherDeposit: ({ problem }: Pick<RefusedInput, 'problem'>): boolean =>
    slugOf(problem) === 'session/amount-exceeds-deposit',
}

export interface PauseInput {
  status: number
  /** What the server asks for; absent when it does not say. */
  retryAfterMs: number | undefined
  patienceMs: number
}

const slugOf = (problem: Problem.Problem | undefined): string | undefined =>
  problem === undefined ? undefined : Problem.slug(problem)
