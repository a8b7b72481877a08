/**
 * What the two channel contracts have in common, and what each of them must say of itself: how channels are named,
 * how calls and events are encoded, and what is stored. `reserve.ts` says it of v2, `escrow.ts` of v1.
 */
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import type { Log } from '../../contracts/abi.ts'
import type { Descriptor } from '../../contracts/descriptor.ts'
import type * as Escrow from '../../contracts/escrow.ts'
import type * as Reserve from '../../contracts/reserve.ts'
import type { Domain, SessionProtocol } from '../../contracts/voucher.ts'
import type * as Transaction from '../transaction.ts'

/** What one transaction does, call by call. */
export type Calls = Transaction.TransactionRequest['calls']

/** A channel as calls name it: v1 contracts by its id, v2 by its descriptor. A v1 descriptor has no operator and no hash. */
export interface ChannelName {
  channelId: Bytes32
  descriptor: Descriptor
}

type On<T> = T & { channel: ChannelName }

/** A call of a channel contract, whichever it is; amounts in base units. */
export type ChannelCall =
  /** v1 channels have no operator: it is left out there. */
  | ({ type: 'open'; deposit: bigint } & Omit<Descriptor, 'payer' | 'expiringNonceHash'>)
  | On<{ type: 'topUp'; additionalDeposit: bigint }>
  | On<{ type: 'settle'; cumulativeAmount: bigint; signature: Hex }>
  /** `captureAmount` is for v2: a v1 escrow captures the voucher's amount. */
  | On<{ type: 'close'; cumulativeAmount: bigint; captureAmount: bigint; signature: Hex }>
  | On<{ type: 'requestClose' }>
  | On<{ type: 'withdraw' }>

/** An event of a channel contract: what both emit has the same name and amounts. */
export type ChannelEvent = Reserve.Event | Escrow.Event

/** A channel as its contract stores it; base units, seconds since the epoch. */
export interface Slot {
  /** 0 when there is no such channel. A v1 escrow keeps it after the close: see `finalized`. */
  deposit: bigint
  settled: bigint
  /** 0 when no close was requested. */
  closeRequestedAt: number
  /** v1: whether the channel is over. A v2 channel that is over has no slot. */
  finalized?: boolean
  /** v1: the parties it is between. The reserve stores none, its channel ids bind them. */
  parties?: { payee: Address; token: Address }
}

/** The deposit that a payee can still be paid from: none when the channel is over. */
export const liveDeposit = ({ deposit, finalized }: Slot): bigint => (finalized === true ? 0n : deposit)

/** What one contract says of itself. Pure but for `slot` and `closeGraceSeconds`, which ask the chain. */
export interface Face {
  readonly protocol: SessionProtocol
  readonly address: Address
  /** What its vouchers are signed under. */
  domain(chainId: number): Domain
  /** The id of a channel. */
  idOf(descriptor: Descriptor, chainId: number): Bytes32
  /** The descriptor of a channel that a signed transaction opens, as far as the protocol has one. */
  descriptor(
    parts: Omit<Descriptor, 'expiringNonceHash'>,
    signed: Pick<Descriptor, 'expiringNonceHash'>,
  ): Descriptor
  /** What a transaction does to make a call; v1 deposits are approved first, to the exact amount. */
  calls(call: ChannelCall): Calls
  /** A channel now, or as it was at a block. Throws `RpcError`. */
  slot(id: Bytes32, blockNumber?: number): Promise<Slot>
  /** Seconds between a payer's close request and its withdrawal. Throws `RpcError`. */
  closeGraceSeconds(): Promise<number>
  /** The first topic of an event. */
  topic(name: ChannelEvent['name']): Hex
  /** A log to an event of this contract; undefined for any other. Throws `DecodeError`. */
  decodeEvent(log: Log): ChannelEvent | undefined
}
