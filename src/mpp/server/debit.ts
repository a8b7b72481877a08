/**
 * Charges units to a channel. A stream charges each unit before it is sent. A whole response is produced first and paid
 * for only if it is content: its price is held meanwhile, so that no other request spends it, and is charged before the
 * first byte leaves (SESS-CRASH-001), or released when there is no content (spec/money.md).
 *
 * A held price is not part of `spent` (reading A25) and is not stored: a process that dies while it holds a price has
 * delivered nothing for it.
 */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Accounting from '../ledger.ts'
import { type Refusal, refuse } from '../wire/problem.ts'
import { type ChargedKey, wasCharged, withCharged } from './charged-key.ts'
import type { Payee } from './payee.ts'
import type { ChannelRecord } from './store/record.ts'

/** What is held for answers that are being made, by channel, in base units. */
export class Holds {
  readonly #held = new Map<Bytes32, bigint>()

  of(channelId: Bytes32): bigint {
    return this.#held.get(channelId) ?? 0n
  }

  add(channelId: Bytes32, amount: bigint): void {
    const held = this.of(channelId) + amount
    if (held === 0n) this.#held.delete(channelId)
    else this.#held.set(channelId, held)
  }
}

/** The ledger as another charge must see it: prices that are held count as spent. */
export const withHeld = (ledger: Accounting.Ledger, held: bigint): Accounting.Ledger =>
  held === 0n ? ledger : { ...ledger, spent: ledger.spent + held }

export type Charged = { record: ChannelRecord } | Refusal

const notFound = refuse('session/channel-not-found', 'no such channel here')

/** Charges if the balance allows; answers the channel after the charge, or why not. */
export async function chargeNow(
  payee: Payee,
  channelId: Bytes32,
  input: Accounting.ChargeInput,
): Promise<Charged> {
  const charged = await payee.store.update<Charged>(channelId, (record) => {
    if (record === undefined) return { record, answer: notFound }
    return charge(payee, record, input, payee.holds.of(channelId))
  })
  if ('record' in charged) payee.onCharge(charged.record)
  return charged
}

/** A price that is held for an answer. One of its ends must be called, and once. */
export interface Hold {
  /** There is content: charges for it, unless its key was charged before. */
  commit(): Promise<Charged>
  /** There is no content: releases the price. */
  release(): Promise<void>
}

/** Holds the price of an answer if the balance allows; a key that was charged for this request pays for it again. */
export async function hold(
  payee: Payee,
  channelId: Bytes32,
  input: Accounting.ChargeInput,
  key?: ChargedKey,
): Promise<Hold | Refusal> {
  const { holds, store, rules } = payee
  const record = await store.get(channelId)
  if (record === undefined) return notFound
  const paid = key !== undefined && wasCharged(record.chargedKeys, key)
  if (typeof paid === 'object') return paid
  if (!paid) {
    // Looked at and held without a pause between: requests that come together see each other's holds.
    const refusal = Accounting.firstRefusal(rules.charge, withHeld(record.ledger, holds.of(channelId)), input)
    if (refusal !== undefined) return refusal
  }
  let held = paid ? 0n : input.cost
  holds.add(channelId, held)
  const letGo = () => {
    holds.add(channelId, -held)
    held = 0n
  }
  return {
    async commit() {
      const charged = await store
        .update<Charged>(channelId, (now) => {
          // The hold ends in the same step in which the amount becomes `spent`, so that it is not counted twice.
          letGo()
          if (now === undefined) return { record: now, answer: notFound }
          const again = key === undefined ? false : wasCharged(now.chargedKeys, key)
          if (typeof again === 'object') return { record: now, answer: again }
          const keys = key === undefined ? now.chargedKeys : withCharged(now.chargedKeys, key)
          const keyed = { ...now, chargedKeys: keys }
          return again
            ? { record: keyed, answer: { record: keyed } }
            : charge(payee, keyed, input, holds.of(channelId), now)
        })
        .finally(letGo)
      if ('record' in charged) payee.onCharge(charged.record)
      return charged
    },
    async release() {
      letGo()
      // A stream that waits for a balance has one now: only a change wakes it.
      await store.update(channelId, (now) => ({ record: now && { ...now }, answer: undefined }))
    },
  }
}

/** A charge on a record; refused, the record stays as it was `before`. */
function charge(
  payee: Payee,
  record: ChannelRecord,
  input: Accounting.ChargeInput,
  heldByOthers: bigint,
  before = record,
): { record: ChannelRecord; answer: Charged } {
  const { rules, clock } = payee
  const refusal = Accounting.firstRefusal(rules.charge, withHeld(record.ledger, heldByOthers), input)
  if (refusal !== undefined) return { record: before, answer: refusal }
  const next = { ...record, ledger: rules.books.charge(record.ledger, input), usedAt: clock() }
  return { record: next, answer: { record: next } }
}
