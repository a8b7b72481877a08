/**
 * The v1 channel escrow (`TempoStreamChannel`) as a pure function, like `reserve.ts`: one channel, a call and its
 * context to the channel afterwards, the tokens to move and the events, or a revert.
 *
 * The escrow is an ordinary contract. It pulls deposits on an allowance and stores the parties of each channel. It
 * never deletes a closed channel: the channel stays stored, marked finalized. The session draft, the deployed
 * contract's ABI and the reference sources differ; spec/readings.md K1 to K5 say which is followed where.
 */
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import { maxUint128 } from '../codec/uint.ts'
import * as ChannelId from './channel-id.ts'
import type * as Descriptor from './descriptor.ts'
import type { Context as ReserveContext } from './reserve.ts'
import { type ChannelRevert, revert } from './revert.ts'
import { isTip20, type Move } from './token.ts'
import { voucherSigner } from './voucher-signer.ts'

/** Where the SDKs look for the escrow on Tempo's test network. */
export const address: Address = '0xe1c4d3dce17bc111181ddf716f75bae49e61a336'
/** Where the session draft says one is deployed ("Deployed Contracts"). */
export const draftAddress: Address = '0x9d136eea063ede5418a6bc7beaff009bbb6cfa70'
/** Seconds between requestClose and withdraw. Other deployments may differ: ask `CLOSE_GRACE_PERIOD`. */
export const closeGracePeriodSeconds = 900

/** What is stored of a channel, from its opening on. */
export interface Channel {
  payer: Address
  payee: Address
  token: Address
  /** Who signs vouchers; zero means the payer. */
  authorizedSigner: Address
  deposit: bigint
  settled: bigint
  /** Seconds since the epoch; 0 when no close is requested. */
  closeRequestedAt: number
  finalized: boolean
}

type On<T> = T & { channelId: Bytes32 }

/** Locks a deposit in a new channel. The sender pays it in. */
export type OpenCall = { type: 'open' } & Pick<
  Descriptor.Descriptor & { deposit: bigint },
  'payee' | 'token' | 'deposit' | 'salt' | 'authorizedSigner'
>

/** Pays the payee up to a voucher, in base units; the channel goes on. */
export type SettleCall = On<{ type: 'settle'; cumulativeAmount: bigint; signature: Hex }>

/** Adds to the deposit, in base units. */
export type TopUpCall = On<{ type: 'topUp'; additionalDeposit: bigint }>

/** Pays the payee the whole voucher, refunds the rest, and ends the channel. */
export type CloseCall = On<{ type: 'close'; cumulativeAmount: bigint; signature: Hex }>

/** The payer's wish to end the channel; the grace period begins. */
export type RequestCloseCall = On<{ type: 'requestClose' }>

/** The payer takes back what was not settled, after the grace period. */
export type WithdrawCall = On<{ type: 'withdraw' }>

/** A call of the escrow. */
export type Call = OpenCall | SettleCall | TopUpCall | CloseCall | RequestCloseCall | WithdrawCall

/** What surrounds a call; `isSignedBy` follows the rules of the draft, "Signature Verification". */
export interface Context
  extends Pick<ReserveContext, 'sender' | 'timestamp' | 'chainId' | 'isSignedBy'>,
    ChannelId.Place {}

interface Parties {
  channelId: Bytes32
  payer: Address
  payee: Address
}

/** What the escrow emits; amounts in base units. */
export type Event =
  | ({ name: 'ChannelOpened' } & Parties & Omit<OpenCall, 'type' | 'payee'>)
  | ({ name: 'Settled'; cumulativeAmount: bigint; deltaPaid: bigint; newSettled: bigint } & Parties)
  | ({ name: 'TopUp'; additionalDeposit: bigint; newDeposit: bigint } & Parties)
  | ({ name: 'CloseRequested'; closeGraceEnd: bigint } & Parties)
  | ({ name: 'CloseRequestCancelled' } & Parties)
  | ({ name: 'ChannelClosed'; settledToPayee: bigint; refundedToPayer: bigint } & Parties)
  | ({ name: 'ChannelExpired' } & Parties)

/** What a call does when it does not revert. */
export interface Effect {
  channelId: Bytes32
  channel: Channel
  moves: readonly Move[]
  events: readonly Event[]
}

/** The id of the channel a call is about. */
export const channelId = (call: Call, context: Context): Bytes32 =>
  call.type === 'open' ? ChannelId.v1({ ...call, payer: context.sender }, context) : call.channelId

/** One call on the channel it is about; `channel` is what is stored under its id. */
export function apply(
  channel: Channel | undefined,
  call: Call,
  context: Context,
  id: Bytes32 = channelId(call, context),
): Effect | ChannelRevert {
  if (call.type === 'open') return open(channel, call, context, id)
  if (channel === undefined) return revert('ChannelNotFound')
  const { sender } = context
  if (call.type === 'settle' || call.type === 'close') {
    if (sender !== channel.payee) return revert('NotPayee')
  } else if (sender !== channel.payer) return revert('NotPayer')
  if (channel.finalized) return revert('ChannelFinalized')
  return methods[call.type](channel, call as never, context, id)
}

function open(
  channel: Channel | undefined,
  { payee, token, deposit, salt, authorizedSigner }: OpenCall,
  { sender: payer, escrow }: Context,
  id: Bytes32,
): Effect | ChannelRevert {
  if (BigInt(payee) === 0n) return revert('InvalidPayee')
  if (channel !== undefined) return revert('ChannelAlreadyExists')
  // The deployed contract calls whatever stands there; ours takes TIP-20 tokens only (K4).
  if (!isTip20(token)) return revert('TransferFailed')
  return {
    channelId: id,
    channel: {
      payer,
      payee,
      token,
      authorizedSigner,
      deposit,
      settled: 0n,
      closeRequestedAt: 0,
      finalized: false,
    },
    moves: [{ token, from: payer, to: escrow, amount: deposit, spender: escrow }],
    events: [{ name: 'ChannelOpened', channelId: id, payer, payee, token, authorizedSigner, salt, deposit }],
  }
}

type Method<C extends Call> = (
  channel: Channel,
  call: C,
  context: Context,
  id: Bytes32,
) => Effect | ChannelRevert

const settle: Method<SettleCall> = (channel, { cumulativeAmount, signature }, context, id) => {
  if (cumulativeAmount > channel.deposit) return revert('AmountExceedsDeposit')
  if (cumulativeAmount <= channel.settled) return revert('AmountNotIncreasing')
  if (!context.isSignedBy(voucherSigner(channel), { channelId: id, cumulativeAmount }, signature))
    return revert('InvalidSignature')
  const deltaPaid = cumulativeAmount - channel.settled
  return {
    channelId: id,
    channel: { ...channel, settled: cumulativeAmount },
    moves: pay(channel, context, channel.payee, deltaPaid),
    events: [
      { name: 'Settled', ...parties(channel, id), cumulativeAmount, deltaPaid, newSettled: cumulativeAmount },
    ],
  }
}

const topUp: Method<TopUpCall> = (channel, { additionalDeposit }, { escrow }, id) => {
  const newDeposit = channel.deposit + additionalDeposit
  if (newDeposit > maxUint128) return revert('DepositOverflow')
  const { token, payer } = channel
  const who = parties(channel, id)
  return {
    channelId: id,
    channel: { ...channel, deposit: newDeposit, closeRequestedAt: 0 },
    moves:
      additionalDeposit === 0n
        ? []
        : [{ token, from: payer, to: escrow, amount: additionalDeposit, spender: escrow }],
    events: [
      ...(channel.closeRequestedAt === 0 ? [] : [{ name: 'CloseRequestCancelled' as const, ...who }]),
      // Unlike the reserve, a top-up of nothing is announced (K3).
      { name: 'TopUp', ...who, additionalDeposit, newDeposit },
    ],
  }
}

const requestClose: Method<RequestCloseCall> = (channel, _, { timestamp }, id) => {
  if (channel.closeRequestedAt !== 0) return { channelId: id, channel, moves: [], events: [] }
  const closeGraceEnd = BigInt(timestamp + closeGracePeriodSeconds)
  return {
    channelId: id,
    channel: { ...channel, closeRequestedAt: timestamp },
    moves: [],
    events: [{ name: 'CloseRequested', ...parties(channel, id), closeGraceEnd }],
  }
}

/** Pays the whole voucher: v1 has no capture amount. At or below what is settled it only refunds (E13, K2). */
const close: Method<CloseCall> = (channel, { cumulativeAmount, signature }, context, id) => {
  const { settled } = channel
  if (cumulativeAmount > settled) {
    if (cumulativeAmount > channel.deposit) return revert('AmountExceedsDeposit')
    if (!context.isSignedBy(voucherSigner(channel), { channelId: id, cumulativeAmount }, signature))
      return revert('InvalidSignature')
  }
  return finalize(channel, cumulativeAmount > settled ? cumulativeAmount : settled, context, id)
}

const withdraw: Method<WithdrawCall> = (channel, _, context, id) => {
  const { closeRequestedAt, settled } = channel
  if (closeRequestedAt === 0 || context.timestamp < closeRequestedAt + closeGracePeriodSeconds)
    return revert('CloseNotReady')
  const effect = finalize(channel, settled, context, id)
  return { ...effect, events: [{ name: 'ChannelExpired', ...parties(channel, id) }, ...effect.events] }
}

const methods = { settle, topUp, requestClose, close, withdraw }

/** Pays up to `settled`, refunds the rest, and closes for good; the figures stay readable (K2). */
function finalize(channel: Channel, settled: bigint, context: Context, id: Bytes32): Effect {
  const refundedToPayer = channel.deposit - settled
  return {
    channelId: id,
    channel: { ...channel, settled, finalized: true },
    moves: [
      ...pay(channel, context, channel.payee, settled - channel.settled),
      ...pay(channel, context, channel.payer, refundedToPayer),
    ],
    events: [{ name: 'ChannelClosed', ...parties(channel, id), settledToPayee: settled, refundedToPayer }],
  }
}

const parties = ({ payer, payee }: Channel, id: Bytes32): Parties => ({ channelId: id, payer, payee })

const pay = ({ token }: Channel, { escrow }: Context, to: Address, amount: bigint): Move[] =>
  amount === 0n ? [] : [{ token, from: escrow, to, amount }]
