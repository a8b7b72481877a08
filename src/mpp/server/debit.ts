/**
 * Charges units to a channel. A stream charges each unit before it is sent. A whole response is produced first and paid
 * for only if it is content: its price is held meanwhile, so that no other request spends it, and is charged before the
 * first byte leaves (SESS-CRASH-001), or released when there is no content (spec/money.md).
 *
 * A held price is not part of `spent` (reading A25) and is not stored: a process that dies while it holds a price has
 * delivered nothing for it.
 *
 * An offer may charge ahead: what is written to a durable store counts some units more than were charged, and those
 * need no write of their own. The process knows what was charged, and every rule, receipt and close goes by that; only
 * a later process, after a crash, finds the units that were not delivered charged (spec/money.md rule 2).
 */
import type { Bytes32 } from '../../codec/hex.ts'
import { StoreUnavailable } from '../../store/table.ts'
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

/** Units of one price that may be written as charged before they are. */
export interface ChargeAhead {
  /** With those of the charge itself. */
  units: number
  price: bigint
}

/** Charges if the balance allows; answers the channel after the charge, of which the payee is to be told, or why not. */
export function chargeNow(
  payee: Payee,
  channelId: Bytes32,
  input: Accounting.ChargeInput,
  ahead?: ChargeAhead,
): Promise<Charged> {
  return payee.store.update<Charged>(channelId, (record) => {
    if (record === undefined) return { record, answer: notFound }
    const held = payee.holds.of(channelId)
    const change = charge(payee, record, input, held)
    if (ahead === undefined || !('record' in change.answer)) return change
    const units = ahead.units - input.units
    return { ...change, cover: chargedAhead(payee, change.record, { ...ahead, units }, held) }
  })
}

/** The record with so many units more charged, as far as vouchers pay for them. */
function chargedAhead(
  payee: Payee,
  record: ChannelRecord,
  { units, price }: ChargeAhead,
  held: bigint,
): ChannelRecord {
  const { ledger } = record
  const paidFor = price === 0n ? units : Number(Accounting.available(withHeld(ledger, held)) / price)
  const more = Math.min(units, paidFor)
  if (more <= 0) return record
  return {
    ...record,
    ledger: payee.rules.books.charge(ledger, { cost: price * BigInt(more), units: more }),
  }
}

/**
 * Writes the books as they are: what was charged ahead and not delivered is not charged. While that cannot be written,
 * it is part of the next write.
 */
export async function giveBack({ store }: Payee, channelId: Bytes32): Promise<void> {
  try {
    await store.update(channelId, (now) => ({ record: now && { ...now }, answer: undefined }))
  } catch (error) {
    if (!(error instanceof StoreUnavailable)) throw error
  }
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
  const next = { ...record }
  next.ledger = rules.books.charge(record.ledger, input)
  next.usedAt = clock()
  return { record: next, answer: { record: next } }
}
