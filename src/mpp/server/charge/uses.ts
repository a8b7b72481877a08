/** Claims on challenges and transactions: how a one-off payment counts once. */
import * as Timestamp from '../../../codec/timestamp.ts'
import type { Challenge } from '../../wire/challenge.ts'
import type { Refusal } from '../../wire/problem.ts'
import type { Payee } from '../payee.ts'
import { check } from '../rules/rule.ts'
import type { UseRecord } from '../store/charges.ts'

/** What answered a challenge: a transaction, or a proof. */
export type PaidBy = { transaction: string } | 'proof'

const nameOf = (by: PaidBy): string => (by === 'proof' ? by : by.transaction)
const ofChallenge = ({ id }: Challenge) => ({ kind: 'challenge', id }) as const
const ofTransaction = ({ transaction }: { transaction: string }) =>
  ({ kind: 'transaction', id: transaction }) as const

/**
 * When a challenge has expired, in milliseconds since the epoch, rounded up to a second, so that records share the time
 * they are found by. Later the record can be deleted.
 */
export const untilOf = ({ expires }: Challenge): number =>
  expires === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(Timestamp.decode(expires) / 1000) * 1000

/** Whether nothing has been claimed or paid for a challenge. */
export const isUnclaimed = (payee: Payee, challenge: Challenge): Promise<boolean> =>
  payee.store.charges.update(ofChallenge(challenge), (record) => ({ record, answer: record === undefined }))

/** Claims a challenge for a payment, and its transaction for the challenge. Refused when either is used already. */
export async function claim(payee: Payee, challenge: Challenge, by: PaidBy): Promise<Refusal | undefined> {
  const until = untilOf(challenge)
  const { charges } = payee.store
  if (by !== 'proof') {
    const refusal = await charges.update(ofTransaction(by), (before) => {
      const answer = check(payee.rules.transactionUse, { before, by: challenge.id })
      return { record: before ?? { by: challenge.id, state: 'paid', until }, answer }
    })
    if (refusal !== undefined) return refusal
  }
  return charges.update(ofChallenge(challenge), (before) => {
    const answer = check(payee.rules.challengeUse, { before, by: nameOf(by) })
    const record: UseRecord = { by: nameOf(by), state: 'pending', until }
    return { record: answer === undefined ? record : before, answer }
  })
}

/**
 * Marks the challenge as paid. Of concurrent requests with the same payment the first succeeds; the others are refused.
 */
export const markPaid = (payee: Payee, challenge: Challenge, by: PaidBy): Promise<Refusal | undefined> =>
  payee.store.charges.update(ofChallenge(challenge), (before) => {
    const answer = check(payee.rules.challengeUse, { before, by: nameOf(by) })
    const record: UseRecord = { by: nameOf(by), state: 'paid', until: untilOf(challenge) }
    return { record: answer === undefined ? record : before, answer }
  })

/** Nothing was delivered for it after all: the same payment may ask once more. */
export const reopen = (payee: Payee, challenge: Challenge, by: PaidBy): Promise<void> =>
  payee.store.charges.update(ofChallenge(challenge), (before) => ({
    record: before?.by === nameOf(by) ? { ...before, state: 'pending' } : before,
    answer: undefined,
  }))

/** Nothing was paid: the challenge can be answered with another payment. */
export async function release(payee: Payee, challenge: Challenge, by: PaidBy): Promise<void> {
  const { charges } = payee.store
  await charges.update(ofChallenge(challenge), (before) => ({
    record: before?.by === nameOf(by) && before.state === 'pending' ? undefined : before,
    answer: undefined,
  }))
  if (by === 'proof') return
  await charges.update(ofTransaction(by), (before) => ({
    record: before?.by === challenge.id ? undefined : before,
    answer: undefined,
  }))
}
