/**
 * Where a payee keeps what it must not forget: per channel the ledger, the best voucher and how to close.
 *
 * Every change goes through `update`, which is linearizable per channel: `change` is synchronous, has no side
 * effects, and what it returns is durable (as durable as the store is) before the promise resolves.
 */
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import type { Ledger } from '../../mpp/accounting.ts'
import type { Descriptor } from '../../mpp/descriptor.ts'
import type { SessionProtocol } from '../../mpp/voucher.ts'

export interface ChannelRecord {
  channelId: Bytes32
  protocol: SessionProtocol
  chainId: number
  escrow: Address
  descriptor: Descriptor
  ledger: Ledger
  /** The signature of the voucher for `ledger.accepted`, 65 bytes. */
  signature: Hex
  /** The challenge answered by the last accepted voucher: the audit trail from vouchers to requests (SESS-ATTR-001). */
  challengeId: string
  /** Transactions of the payer already credited: opens and top-ups. */
  credited: readonly Bytes32[]
  /** The close transaction, once it succeeded. */
  closeTransaction?: Bytes32
}

/** What a change returns: the record to keep (undefined: none) and an answer for the caller. */
export interface Change<T> {
  record: ChannelRecord | undefined
  answer: T
}

export interface ChannelStore {
  get(channelId: Bytes32): Promise<ChannelRecord | undefined>
  update<T>(channelId: Bytes32, change: (record: ChannelRecord | undefined) => Change<T>): Promise<T>
  /**
   * Resolves at the next change of the channel after the call, made anywhere; rejects with the signal's reason.
   * Call it before reading the state the change is compared with.
   */
  changed(channelId: Bytes32, signal: AbortSignal): Promise<void>
}
