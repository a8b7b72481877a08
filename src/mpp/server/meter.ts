/**
 * Charges units of one request against a channel, and waits for vouchers when they run out. The books are durable
 * before `charge` resolves, so what is delivered afterwards is paid for (SESS-CRASH-001); where the offer charges ahead,
 * the books on disk count it already.
 */

import { RpcError, RpcUnreachable } from '../../chain/rpc.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import { StoreUnavailable } from '../../store/table.ts'
import type { NeedVoucher } from '../wire/events.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import { refresh } from './actions/refresh.ts'
import { type Charged, chargeNow, withHeld } from './debit.ts'
import type { Payee } from './payee.ts'
import type { ChannelRecord } from './store/record.ts'

/** Why a stream ends before its content does. */
export class StreamEnded extends Error {
  override readonly name = 'StreamEnded'
  readonly reason: 'superseded' | 'no-voucher' | 'channel-over' | 'disconnected' | 'shutdown' | 'unavailable'

  constructor(reason: StreamEnded['reason'], options?: ErrorOptions) {
    super(`the paid stream ended: ${reason}`, options)
    this.reason = reason
  }
}

export interface MeterOptions {
  payee: Payee
  channelId: Bytes32
  terms: SessionRequest
  /** Units that one write to the store may charge before they are delivered. */
  chargeAhead: number
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

  /**
   * Charges `units` units, waiting for a voucher if need be, and answers them. `mayRead` says whether the channel may be
   * read from chain first, where that is due. Throws `StreamEnded` when none will come.
   */
  async charge(units = 1, { mayRead = true }: { mayRead?: boolean } = {}): Promise<number> {
    if (!Number.isSafeInteger(units) || units < 1) throw new RangeError('units is a positive whole number')
    const { terms, signal, waitMs, onNeedVoucher } = this.#options
    const cost = units === 1 ? terms.amount : terms.amount * BigInt(units)
    if (await this.#attempt(cost, units, mayRead)) return units

    onNeedVoucher(await this.#needed(cost))
    const waiting = new AbortController()
    const stop = () => waiting.abort(signal.reason)
    signal.addEventListener('abort', stop)
    // A running timer would keep the whole stream in memory until it fires.
    const timer = setTimeout(
      () => waiting.abort(new DOMException('no voucher in time', 'TimeoutError')),
      waitMs,
    )
    try {
      await this.#paidFor(cost, units, waiting.signal)
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      // A constant reason: without one, each abort would build an error.
      waiting.abort('enough')
    }
    return units
  }

  /** Charges as soon as a voucher allows it. */
  async #paidFor(cost: bigint, units: number, until: AbortSignal): Promise<void> {
    const { channelId, payee, signal } = this.#options
    for (;;) {
      // Listen before trying again: a voucher that comes in between must not be missed.
      const change = payee.store.changed(channelId, until).then(
        () => undefined,
        (cause: unknown) => ({ cause }),
      )
      if (await this.#attempt(cost, units)) return
      const late = await change
      if (late !== undefined) throw signal.aborted ? ended(signal) : new StreamEnded('no-voucher', late)
    }
  }

  /** Charges if the balance allows. Throws `StreamEnded` when no voucher can help. */
  async #attempt(cost: bigint, units: number, mayRead = true): Promise<boolean> {
    const { payee, channelId, signal, terms, chargeAhead } = this.#options
    if (signal.aborted) throw ended(signal)
    if (mayRead && this.#isDue()) await this.#verify()
    const ahead = chargeAhead > 1 ? { units: chargeAhead, price: terms.amount } : undefined
    let outcome: Charged
    try {
      outcome = await chargeNow(payee, channelId, { cost, units }, ahead)
    } catch (cause) {
      // What cannot be written down is not delivered; what was is on the receipt.
      if (cause instanceof StoreUnavailable) throw new StreamEnded('unavailable', { cause })
      throw cause
    }
    if ('record' in outcome) {
      this.#units += units
      payee.onCharge(outcome.record)
      return true
    }
    if (outcome.problem !== 'session/insufficient-balance') throw new StreamEnded('channel-over')
    return false
  }

  /** Whether the channel is to be read again: in a long stream it may have been closed (SESS-REORG-001). */
  #isDue(): boolean {
    const { payee, channelId } = this.#options
    return payee.clock() - this.#verifiedAt >= payee.verifyIntervalMs && !payee.readings.isFresh(channelId)
  }

  async #verify(): Promise<void> {
    const { payee, channelId } = this.#options
    this.#verifiedAt = payee.clock()
    const record = await payee.store.get(channelId)
    try {
      if (record === undefined) return
      await refresh(payee, record)
      const seen = await payee.store.get(channelId)
      if (seen !== undefined && seen.ledger.closeRequestedAt > 0) payee.onCloseRequested(seen)
    } catch (error) {
      // While the node cannot be asked, or its answer cannot be stored, the last verification stays valid.
      const passing =
        error instanceof RpcError || error instanceof RpcUnreachable || error instanceof StoreUnavailable
      if (!passing) throw error
    }
  }

  async #needed(cost: bigint): Promise<NeedVoucher> {
    const { payee, channelId, terms } = this.#options
    const { ledger: stored } = (await payee.store.get(channelId)) as ChannelRecord
    // Prices that are held for other responses on the channel count as spent.
    const ledger = withHeld(stored, payee.holds.of(channelId))
    const minDelta = terms.methodDetails.minVoucherDelta ?? 0n
    return {
      acceptedCumulative: ledger.accepted,
      channelId,
      deposit: ledger.deposit,
      requiredCumulative: payee.rules.books.requiredCumulative(ledger, cost, minDelta),
    }
  }
}

const ended = (signal: AbortSignal): StreamEnded =>
  signal.reason instanceof StreamEnded
    ? signal.reason
    : new StreamEnded('disconnected', { cause: signal.reason })
