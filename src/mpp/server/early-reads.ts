/**
 * Which channels are read from chain while a voucher is still being verified, so that the node's answer is there when the
 * signature is (spec/readings.md F6).
 *
 * Channels are public, so anybody can send a voucher for one, and each would cost the node a question. So a channel is
 * read early once at a time, and only while the last voucher for it was accepted: strangers cost the node one question
 * for each voucher that the payer itself pays with, however many they send and from wherever. After that, vouchers of the
 * channel are read for when they have been verified, which is a little later.
 */
import type { Bytes32 } from '../../codec/hex.ts'

/** Channels remembered at once. While more are in doubt, none is read early. */
const maxInDoubt = 100_000

export class EarlyReads {
  readonly #underWay = new Set<Bytes32>()
  readonly #inDoubt = new Set<Bytes32>()

  /** Reads, if the channel may be read early now; undefined when it may not. The reading may go unwaited for. */
  begin(channelId: Bytes32, read: () => Promise<void>): Promise<void> | undefined {
    if (this.#underWay.has(channelId) || this.#inDoubt.has(channelId)) return undefined
    if (this.#inDoubt.size >= maxInDoubt) return undefined
    this.#underWay.add(channelId)
    // In doubt until the voucher is accepted.
    this.#inDoubt.add(channelId)
    const reading = read().finally(() => this.#underWay.delete(channelId))
    // Whoever waits for it is told; nobody does when the signature is wrong.
    reading.catch(() => undefined)
    return reading
  }

  /** A voucher for the channel was accepted. */
  accepted(channelId: Bytes32): void {
    this.#inDoubt.delete(channelId)
  }
}
