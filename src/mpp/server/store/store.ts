/**
 * Where a payee keeps what it must not forget: per channel the ledger, the vouchers and how to close.
 *
 * Every change goes through `update`, which is linearizable per channel: `change` is synchronous, has no side
 * effects, and what it returns is durable (as durable as the store is) before the promise resolves. It rejects with
 * `StoreUnavailable` when nothing can be written now; the next call may succeed.
 */
import type { Address, Bytes32 } from '../../../codec/hex.ts'
import type { ChargeStore } from './charges.ts'
import type { ChannelRecord } from './record.ts'

/** What a change returns: the record to keep (undefined: none) and an answer for the caller. */
export interface Change<T> {
  record: ChannelRecord | undefined
  answer: T
  /**
   * A record that a durable store may write instead, and then need not write again for changes that it covers: it says
   * the same but that more was charged. A store may ignore it; while the process lives, `record` is what counts.
   */
  cover?: ChannelRecord
}

/** Where a payee keeps its channels. `memoryStore` and `lmdbStore` are two; another must keep to the same contract. */
export interface ChannelStore {
  get(channelId: Bytes32): Promise<ChannelRecord | undefined>
  update<T>(channelId: Bytes32, change: (record: ChannelRecord | undefined) => Change<T>): Promise<T>
  /**
   * Resolves at the next change of the channel after the call, made anywhere; rejects with the signal's reason.
   * Call it before reading the state the change is compared with.
   */
  changed(channelId: Bytes32, signal: AbortSignal): Promise<void>
  /** Channels of a payer, the last used last. */
  ofPayer(payer: Address): Promise<ChannelRecord[]>
  /** Channels that are not closed. */
  live(): AsyncIterable<ChannelRecord>
  /** One-off payments. */
  readonly charges: ChargeStore
  /** Whether what is kept survives the process. */
  readonly durable: boolean
  /** Lets go of files. Nothing may be called afterwards. */
  close(): Promise<void>
}
