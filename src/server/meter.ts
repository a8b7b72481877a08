/**
 * Charges units of one request against a channel, and waits for vouchers when they run out. The books are durable
 * before `charge` resolves, so what is delivered afterwards is paid for (SESS-CRASH-001).
 */

import { RpcUnreachable } from '../chain/http-rpc.ts'
import { RpcError } from '../chain/rpc.ts'
import type { Bytes32 } from '../codec/hex.ts'
import * as Accounting from '../mpp/accounting.ts'
import type { NeedVoucher } from '../mpp/events.ts'
import { type Refusal, refuse } from '../mpp/problem.ts'
import type { SessionRequest } from '../mpp/session-request.ts'
import { refresh } from './actions/voucher.ts'
import type { Payee } from './payee.ts'
import type { ChannelRecord } from './store/record.ts'

/** Why a stream ends before its content does. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
  readonly reason: 'superseded' | 'no-voucher' | 'channel-over' | 'disconnected' | 'shutdown'

  constructor(reason: StreamEnded['reason'], options?: ErrorOptions) {
    super(`the paid stream ended: ${reason}`, options)
    this.reason = reason
  }
}

export interface MeterOptions {
  payee: Payee
  channelId: Bytes32
  terms: SessionRequest
  signal: AbortSignal
  /** How long to wait for a voucher, in milliseconds. */
  waitMs: number
  /** Called once whenever the balance runs out, before waiting. */
  onNeedVoucher(needed: NeedVoucher): void
}

export class Meter {
  readonly #options: MeterOptions
  #units = 0
  #verifiedAt: number

  constructor(options: MeterOptions) {
    this.#options = options
    this.#verifiedAt = options.payee.clock()
  }

  /** Units charged by this request so far. */
  get units(): number {
    return this.#units
  }

  /** Charges `units` units, waiting for a voucher if need be. Throws `StreamEnded` when none will come. */
  async charge(units = 1): Promise<void> {
    if (!Number.isSafeInteger(units) || units < 1) throw new RangeError('units is a positive whole number')
    const { terms, channelId, payee, signal, waitMs, onNeedVoucher } = this.#options
    const cost = terms.amount * BigInt(units)
    if (await this.#attempt(cost, units)) return

    onNeedVoucher(await this.#needed(cost))
    const giveUp = AbortSignal.timeout(waitMs)
    for (;;) {
      // Listen before trying again: a voucher that comes in between must not be missed.
      const enough = new AbortController()
      const signals = AbortSignal.any([signal, giveUp, enough.signal])
      const change = Promise.allSettled([payee.store.changed(channelId, signals)])
      if (await this.#attempt(cost, units)) return enough.abort()
      const [outcome] = await change
      if (outcome.status === 'rejected')
        throw signal.aborted ? ended(signal) : new StreamEnded('no-voucher', { cause: outcome.reason })
    }
  }

  /** Charges if the balance allows. Throws `StreamEnded` when no voucher can help. */
  async #attempt(cost: bigint, units: number): Promise<boolean> {
    const { payee, channelId, signal } = this.#options
    if (signal.aborted) throw ended(signal)
    await this.#verify()
    const outcome = await chargeNow(payee, channelId, { cost, units })
    if ('record' in outcome) this.#units += units
    else if (outcome.problem !== 'session/insufficient-balance') throw new StreamEnded('channel-over')
    return 'record' in outcome
  }

  /** In a long stream the channel is read again from time to time: it may have been closed (SESS-REORG-001). */
  async #verify(): Promise<void> {
    const { payee, channelId } = this.#options
    if (payee.clock() - this.#verifiedAt < payee.verifyIntervalMs) return
    this.#verifiedAt = payee.clock()
    const record = await payee.store.get(channelId)
    try {
      if (record !== undefined) await refresh(payee, record)
    } catch (error) {
      // What was verified last still stands while the node cannot be asked.
      if (!(error instanceof RpcError || error instanceof RpcUnreachable)) throw error
    }
  }

  async #needed(cost: bigint): Promise<NeedVoucher> {
    const { payee, channelId, terms } = this.#options
    const { ledger } = (await payee.store.get(channelId)) as ChannelRecord
    const minDelta = terms.methodDetails.minVoucherDelta ?? 0n
    return {
      acceptedCumulative: ledger.accepted,
      channelId,
      deposit: ledger.deposit,
      requiredCumulative: payee.rules.books.requiredCumulative(ledger, cost, minDelta),
    }
  }
}

/** Keys of charges that are remembered per channel. */
const maxChargedKeys = 64

/** Charges if the balance allows, and once per key; answers the channel after the charge, or why not. */
export async function chargeNow(
  payee: Payee,
  channelId: Bytes32,
  input: Accounting.ChargeInput,
  once?: string,
): Promise<{ record: ChannelRecord } | Refusal> {
  const charged = await payee.store.update<{ record: ChannelRecord } | Refusal>(channelId, (record) => {
    if (record === undefined)
      return { record, answer: refuse('session/channel-not-found', 'no such channel here') }
    if (once !== undefined && record.chargedKeys.includes(once)) return { record, answer: { record } }
    const refusal = Accounting.firstRefusal(payee.rules.charge, record.ledger, input)
    if (refusal !== undefined) return { record, answer: refusal }
    const chargedKeys =
      once === undefined ? record.chargedKeys : [...record.chargedKeys, once].slice(-maxChargedKeys)
    const ledger = payee.rules.books.charge(record.ledger, input)
    const next = { ...record, ledger, chargedKeys, usedAt: payee.clock() }
    return { record: next, answer: { record: next } }
  })
  if ('record' in charged) payee.onCharge(charged.record)
  return charged
}

const ended = (signal: AbortSignal): StreamEnded =>
  signal.reason instanceof StreamEnded
    ? signal.reason
    : new StreamEnded('disconnected', { cause: signal.reason })
