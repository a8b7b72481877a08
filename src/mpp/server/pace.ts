/**
 * Limits how often vouchers may be submitted (SESS-DOS-001), per channel and per sender.
 *
 * Only vouchers signed by the channel's own signer count against the channel: somebody who merely knows its id must not
 * be able to block its payer. So each voucher is verified first, and one that does not verify counts against its
 * sender. Of the verified vouchers only those count that pay for nothing. A voucher that raises the accepted amount by
 * a unit or more is limited by its price, and so is a request for content that the channel can pay for.
 */
import type { Bytes32 } from '../../codec/hex.ts'
import { type Limiter, limiter } from '../../http/limiter.ts'
import { available, type Ledger } from '../ledger.ts'
import { withHeld } from './debit.ts'

export interface PaceOptions {
  /** Verified vouchers of a channel, a second, that pay for nothing. */
  vouchersPerSecond: number
  /** Vouchers of a sender, a second, that do not verify. */
  refusedPerSecond: number
  clock: () => number
}

/** A voucher that verified. */
export interface Submitted {
  channelId: Bytes32
  ledger: Ledger
  cumulativeAmount: bigint
  /** Price of a unit. */
  price: bigint
  /** Whether content is asked for with it. */
  wantsContent: boolean
  /** Prices held for responses in progress on the channel, in base units. */
  held: bigint
}

export class Pace {
  readonly #channels: Limiter
  readonly #senders: Limiter
  /** Amounts of vouchers that verified and are not yet accepted: each step is taken once. */
  readonly #underWay = new Map<Bytes32, bigint>()

  constructor({ vouchersPerSecond, refusedPerSecond, clock }: PaceOptions) {
    this.#channels = limiter(vouchersPerSecond, clock)
    this.#senders = limiter(refusedPerSecond, clock)
  }

  /** Whether a verified voucher goes on: 0, or after how many seconds it may come again. */
  submit({ channelId, ledger, cumulativeAmount, price, wantsContent, held }: Submitted): number {
    const seen = this.#underWay.get(channelId) ?? 0n
    const known = seen > ledger.accepted ? seen : ledger.accepted
    // What is above the deposit will be refused, so it is no step.
    const usable = cumulativeAmount > known && cumulativeAmount <= ledger.deposit
    if (usable && cumulativeAmount - known >= price) {
      this.#underWay.set(channelId, cumulativeAmount)
      return 0
    }
    const accepted = usable ? cumulativeAmount : known
    const paysForContent = wantsContent && available(withHeld({ ...ledger, accepted }, held)) >= price
    return paysForContent ? this.#channels.wait(channelId) : this.#channels.take(channelId)
  }

  /** A voucher was accepted, or refused after all. */
  done(channelId: Bytes32, cumulativeAmount: bigint): void {
    if (this.#underWay.get(channelId) === cumulativeAmount) this.#underWay.delete(channelId)
  }

  /** Content was asked for and none was to be had, so nothing was charged. */
  unserved(channelId: Bytes32): void {
    this.#channels.take(channelId)
  }

  /**
   * Whether a voucher that did not verify is answered with its reason: 0, or the seconds after which its sender may try
   * again.
   */
  refused(sender: string): number {
    return this.#senders.take(sender)
  }
}
