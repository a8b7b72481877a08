/** What a payee is owed on its channels, and how it says that it could not claim it. */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import type { ChannelRecord } from './store/record.ts'

/** What was delivered on a channel and is not settled, in base units; nothing on a closed one. */
export const owed = ({ ledger: { phase, spent, settled } }: Pick<ChannelRecord, 'ledger'>): bigint =>
  phase === 'closed' || spent <= settled ? 0n : spent - settled

/**
 * Something that failed and that no client is told of. What the payee does on its own is tried again, and what is owed
 * stays claimable meanwhile; an answer fails when its author throws, or its body breaks.
 */
export interface Failure {
  /** Reading a channel from chain, settling it, closing it, or making an answer. */
  doing: 'watch' | 'settle' | 'close' | 'answer'
  /** The channel it is about; absent when the store cannot be read, and when nothing says who pays. */
  channelId?: Bytes32
  /** Delivered on the channel and not settled, in base units. */
  owed: bigint
  /** Why, in a sentence: the node's words, or a rule's. */
  reason: string
  /** What was thrown, if anything was. */
  cause?: unknown
}

/** A failure in one line. */
export function describeFailure({ doing, channelId, owed, reason }: Failure): string {
  if (doing === 'answer')
    return `an answer failed${channelId === undefined ? '' : ` on channel ${channelId}`}: ${reason}`
  return channelId === undefined
    ? `cannot ${doing} channels: ${reason}`
    : `cannot ${doing} channel ${channelId}, on which ${Uint.toDecimal(owed)} is owed: ${reason}`
}

/** An answer that failed, for whatever was thrown. */
export const failedAnswer = (cause: unknown, record?: ChannelRecord): Failure => ({
  doing: 'answer',
  ...(record === undefined ? {} : { channelId: record.channelId }),
  owed: record === undefined ? 0n : owed(record),
  reason: cause instanceof Error ? cause.message : String(cause),
  cause,
})

/**
 * Thrown by `payments().close()` when the payee is still owed money. `channels` holds the vouchers that claim it: keep
 * them unless the store is durable, which stores them itself.
 */
export class UnclaimedChannels extends Error {
  override readonly name = 'UnclaimedChannels'
  readonly channels: readonly ChannelRecord[]

  constructor(channels: readonly ChannelRecord[]) {
    const lines = channels.map(
      (record) => `${record.channelId} ${record.protocol} ${Uint.toDecimal(owed(record))}`,
    )
    super(
      `${channels.length} channel${channels.length === 1 ? ' is' : 's are'} not claimed: ${lines.join(', ')}`,
    )
    this.channels = channels
  }
}
