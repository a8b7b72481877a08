/**
 * The contract that keeps the channels of one session protocol, as a payee uses it: v2 channels live in the reserve,
 * v1 channels in an escrow. Everything else of a session is the same for both.
 */
import type { Receipt } from '../../../chain/client.ts'
import type { Address, Bytes32, Hex } from '../../../codec/hex.ts'
import type { Descriptor } from '../../../contracts/descriptor.ts'
import type { SessionProtocol } from '../../../contracts/voucher.ts'
import type { Account } from '../../../keys/account.ts'
import type { Observation } from '../../ledger.ts'
import type { Open, Payload, TopUp } from '../../wire/payload.ts'
import type { Refusal } from '../../wire/problem.ts'
import type { SessionRequest } from '../../wire/session-request.ts'
import type { Payee } from '../payee.ts'
import type { SignedAmount } from '../retained.ts'
import type { ChannelRecord } from '../store/record.ts'

/** A payload to be judged, and the terms it answers. */
export interface Asked<P extends Payload = Payload> {
  payee: Payee
  terms: SessionRequest
  payload: P
}

/** What a payer's open transaction will do. */
export interface SignedOpen {
  /** Of a v1 channel: operator and hash are zero. */
  descriptor: Descriptor
  deposit: bigint
}

/** A channel as the chain has it. */
export interface OnChain extends Observation {
  /** What the contract stores of the parties; the reserve stores neither, its channel ids bind both. */
  parties?: { payee: Address; token: Address }
}

/** A deposit that an event tells of. */
export interface Deposited {
  /** By this transaction. */
  amount: bigint
  /** In the channel afterwards. */
  total: bigint
}

/** What a payee sends: a settlement, or a close. `captureAmount` is for a contract that takes one. */
export type PayeeCall = { type: 'settle' } | { type: 'close'; captureAmount: bigint }

export interface Contract {
  readonly protocol: SessionProtocol
  readonly address: Address
  /** The channel a payload says it is about, checked against the terms; undefined where payloads do not say. */
  described(asked: Asked): Promise<Descriptor | Refusal | undefined>
  /** Decodes an open transaction and checks it before anything is sponsored or broadcast. */
  readOpen(asked: Asked<Open>): Promise<SignedOpen | Refusal>
  /** The same for a top-up of a known channel. */
  checkTopUp(asked: Asked<TopUp>, record: ChannelRecord): Promise<Refusal | undefined>
  /** The deposit a receipt tells of: this contract's own event, for this channel. */
  deposited(receipt: Receipt, event: 'ChannelOpened' | 'TopUp', channelId: Bytes32): Deposited | undefined
  /** The channel now, or as it was at a block. */
  onChain(channelId: Bytes32, blockNumber?: number): Promise<OnChain>
  /** Whether the contract has emitted, from a block on, that the channel was closed. */
  hasClosed(channelId: Bytes32, fromBlock: number): Promise<boolean>
  /** Seconds between a payer's close request and its withdrawal; asked of the contract where deployments differ. */
  closeGraceSeconds(): Promise<number>
  /** Signs a transaction of the payee's own; the payee pays its fee, in `feeToken`. */
  sign(
    account: Account,
    call: PayeeCall & { channel: ChannelRecord; voucher: SignedAmount; feeToken: Address },
  ): Promise<Hex>
}
