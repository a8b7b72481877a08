/**
 * Charges units of one request against a channel, and waits for vouchers when they run out. The books are durable
 * before `charge` resolves, so what is delivered afterwards is paid for (SESS-CRASH-001).
 */
import type { Bytes32 } from '../codec/hex.ts'
import * as Accounting from '../mpp/accounting.ts'
import type { NeedVoucher } from '../mpp/events.ts'
import { type Refusal, refuse } from '../mpp/problem.ts'
import type { SessionRequest } from '../mpp/session-request.ts'
import type { Payee } from './payee.ts'
import type { ChannelRecord } from './store/store.ts'

/** Why a stream ends before its content does. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
  readonly reason: 'superseded' | 'no-voucher' | 'channel-over' | 'disconnected'

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
  /** Called once whenever the balance runs out, before waiting. */
  onNeedVoucher(needed: NeedVoucher): void
}

export class Meter {
  readonly #options: MeterOptions
  #units = 0

  constructor(options: MeterOptions) {
    this.#options = options
  }

  /** Units charged by this request so far. */
  get units(): number {
    return this.#units
  }

  /** Charges `units` units, waiting for a voucher if need be. Throws `StreamEnded` when none will come. */
  async charge(units = 1): Promise<void> {
    if (!Number.isSafeInteger(units) || units < 1) throw new RangeError('units is a positive whole number')
    const { payee, channelId, terms, signal, onNeedVoucher } = this.#options
    const cost = terms.amount * BigInt(units)
    if (await this.#attempt(cost, units)) return

    onNeedVoucher(await this.#needed(cost))
    const giveUp = AbortSignal.timeout(payee.needVoucherTimeoutMs)
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
    const outcome = await chargeNow(payee, channelId, { cost, units })
    if ('record' in outcome) this.#units += units
    else if (outcome.problem !== 'session/insufficient-balance') throw new StreamEnded('channel-over')
    return 'record' in outcome
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

/** Charges if the balance allows; answers the channel after the charge, or why not. */
export function chargeNow(
  payee: Payee,
  channelId: Bytes32,
  input: Accounting.ChargeInput,
): Promise<{ record: ChannelRecord } | Refusal> {
  return payee.store.update<{ record: ChannelRecord } | Refusal>(channelId, (record) => {
    if (record === undefined)
      return { record, answer: refuse('session/channel-not-found', 'no such channel here') }
    const refusal = Accounting.firstRefusal(payee.rules.charge, record.ledger, input)
    if (refusal !== undefined) return { record, answer: refusal }
    const next = { ...record, ledger: payee.rules.books.charge(record.ledger, input) }
    return { record: next, answer: { record: next } }
  })
}

const ended = (signal: AbortSignal): StreamEnded =>
  signal.reason instanceof StreamEnded
    ? signal.reason
    : new StreamEnded('disconnected', { cause: signal.reason })
