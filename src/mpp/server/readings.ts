/**
 * When this process last saw on chain that a channel is as the books have it. A voucher may rest on a reading that is not
 * older than `voucherReadingMs`; a refusal never rests on one that is not new (spec/readings.md F6). Memory only: after a start every channel is read again.
 */
import type { Bytes32 } from '../../codec/hex.ts'

/** Channels remembered at once. A channel that is dropped is read again. */
const maxChannels = 1_000_000

export class Readings {
  readonly #at = new Map<Bytes32, number>()
  readonly #clock: () => number
  readonly #maxAgeMs: number

  constructor({ clock, maxAgeMs }: { clock: () => number; maxAgeMs: number }) {
    this.#clock = clock
    this.#maxAgeMs = maxAgeMs
  }

  /** Whether a channel was read and found unchanged recently enough to skip another reading. */
  isFresh(channelId: Bytes32): boolean {
    const at = this.#at.get(channelId)
    const age = this.#clock() - (at ?? Number.NEGATIVE_INFINITY)
    // A clock that was set back makes nothing fresh.
    return age >= 0 && age < this.#maxAgeMs
  }

  /** The time to give to `seen`, taken before the node is asked. */
  now(): number {
    return this.#clock()
  }

  /** Records that the channel was found unchanged at that time. */
  seen(channelId: Bytes32, at: number): void {
    this.#at.delete(channelId)
    this.#at.set(channelId, at)
    if (this.#at.size > maxChannels) this.#at.delete(this.#at.keys().next().value as Bytes32)
  }

  /** Drops the reading of a channel. */
  forget(channelId: Bytes32): void {
    this.#at.delete(channelId)
  }
}
