/**
 * The v2 channel reserve (TIP-1034) as a pure function: one channel's slot, a call and its context to the new
 * slot, the tokens to move and the events, or a revert. Nothing is mutated; a revert changes nothing.
 *
 * The checks stand in the order of the node's precompile, which follows the TIP's "Execution Semantics".
 */
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import { maxUint96 } from '../codec/uint.ts'
import * as ChannelId from './channel-id.ts'
import type * as Descriptor from './descriptor.ts'
import { type ChannelRevert, revert } from './revert.ts'
import { isTip20, type Move } from './token.ts'
import { voucherSigner } from './voucher-signer.ts'

/** Where the reserve lives on every chain. */
export const address: Address = '0x4d50500000000000000000000000000000000000'
/** Seconds between requestClose and withdraw. */
export const closeGracePeriodSeconds = 900
/** The latest time a slot can hold: a uint32. Later requests are stored as this (spec/readings.md K6). */
const latestCloseRequest = 2 ** 32 - 1

/** What is stored of a channel. An absent slot means there is none: never opened, closed or withdrawn. */
export interface Slot {
  settled: bigint
  deposit: bigint
  closeRequestedAt: number
}

type On<T> = T & { descriptor: Descriptor.Descriptor }

/** Locks a deposit in a new channel. The sender pays it in. */
export type OpenCall = { type: 'open'; deposit: bigint } & Pick<
  Descriptor.Descriptor,
  'payee' | 'operator' | 'token' | 'salt' | 'authorizedSigner'
>

/** Pays the payee up to a voucher, in base units; the channel goes on. */
export type SettleCall = On<{ type: 'settle'; cumulativeAmount: bigint; signature: Hex }>

/** Adds to the deposit, in base units. */
export type TopUpCall = On<{ type: 'topUp'; additionalDeposit: bigint }>

/** Pays the payee `captureAmount`, refunds the rest, and ends the channel; base units. */
export type CloseCall = On<{ type: 'close'; cumulativeAmount: bigint; captureAmount: bigint; signature: Hex }>

/** The payer's wish to end the channel; the grace period begins. */
export type RequestCloseCall = On<{ type: 'requestClose' }>

/** The payer takes back what was not settled, after the grace period. */
export type WithdrawCall = On<{ type: 'withdraw' }>

/** A call of the reserve. */
export type Call = OpenCall | SettleCall | TopUpCall | CloseCall | RequestCloseCall | WithdrawCall

/** What surrounds a call. */
export interface Context {
  sender: Address
  /** Block time in seconds. */
  timestamp: number
  chainId: number
  /** Hash of the enclosing transaction; zero or absent when there is none. */
  expiringNonceHash?: Bytes32
  /** Whether the enclosing transaction already opened this id. */
  openedThisTransaction(id: Bytes32): boolean
  /** Whether `signer` signed the voucher, by the rules of TIP-1020. */
  isSignedBy(
    signer: Address,
    voucher: { channelId: Bytes32; cumulativeAmount: bigint },
    signature: Hex,
  ): boolean
}

interface Parties {
  channelId: Bytes32
  payer: Address
  payee: Address
}

/** What the reserve emits; amounts in base units. */
export type Event =
  | ({ name: 'ChannelOpened'; deposit: bigint } & Parties & Descriptor.Descriptor)
  | ({ name: 'Settled'; cumulativeAmount: bigint; deltaPaid: bigint; newSettled: bigint } & Parties)
  | ({ name: 'TopUp'; additionalDeposit: bigint; newDeposit: bigint } & Parties)
  | ({ name: 'CloseRequested'; closeGraceEnd: bigint } & Parties)
  | ({ name: 'CloseRequestCancelled' } & Parties)
  | ({ name: 'ChannelClosed'; settledToPayee: bigint; refundedToPayer: bigint } & Parties)

/** What a call does when it does not revert. */
export interface Effect {
  channelId: Bytes32
  slot: Slot | undefined
  moves: readonly Move[]
  events: readonly Event[]
}

/** The id of the channel a call is about. */
export function channelId(call: Call, context: Context): Bytes32 {
  const descriptor =
    call.type === 'open'
      ? { ...call, payer: context.sender, expiringNonceHash: context.expiringNonceHash ?? zeroHash }
      : call.descriptor
  return ChannelId.v2(descriptor, { escrow: address, chainId: context.chainId })
}

const zeroHash: Bytes32 = `0x${'00'.repeat(32)}`
const isZero = (hex: Hex) => BigInt(hex) === 0n

/**
 * One call on the channel it is about, whose stored state is `slot`. Whoever looked the slot up has hashed the
 * channel id already and may pass it; it must be `channelId(call, context)`.
 */
export function apply(
  slot: Slot | undefined,
  call: Call,
  context: Context,
  id: Bytes32 = channelId(call, context),
): Effect | ChannelRevert {
  if (call.type === 'open') return open(slot, call, context, id)
  if (slot === undefined) return revert('ChannelNotFound')
  return methods[call.type](slot, call as never, context, id)
}

function open(slot: Slot | undefined, call: OpenCall, context: Context, id: Bytes32): Effect | ChannelRevert {
  if (isZero(call.payee) || isTip20(call.payee)) return revert('InvalidPayee')
  if (!isTip20(call.token)) return revert('InvalidToken')
  if (call.deposit === 0n) return revert('ZeroDeposit')
  if (isZero(context.expiringNonceHash ?? zeroHash)) return revert('ExpiringNonceHashNotSet')
  if (slot !== undefined || context.openedThisTransaction(id)) return revert('ChannelAlreadyExists')
  const { payee, operator, token, salt, authorizedSigner, deposit } = call
  const payer = context.sender
  const expiringNonceHash = context.expiringNonceHash as Bytes32
  return {
    channelId: id,
    slot: { settled: 0n, deposit, closeRequestedAt: 0 },
    moves: [{ token, from: payer, to: address, amount: deposit, policy: { payer, payee } }],
    events: [
      {
        name: 'ChannelOpened',
        channelId: id,
        payer,
        payee,
        operator,
        token,
        authorizedSigner,
        salt,
        expiringNonceHash,
        deposit,
      },
    ],
  }
}

type Method<C extends Call> = (slot: Slot, call: C, context: Context, id: Bytes32) => Effect | ChannelRevert

const settle: Method<SettleCall> = (slot, { descriptor, cumulativeAmount, signature }, context, id) => {
  if (!isPayeeSide(context.sender, descriptor)) return revert('NotPayeeOrOperator')
  if (cumulativeAmount > slot.deposit) return revert('AmountExceedsDeposit')
  if (cumulativeAmount <= slot.settled) return revert('AmountNotIncreasing')
  if (!context.isSignedBy(voucherSigner(descriptor), { channelId: id, cumulativeAmount }, signature))
    return revert('InvalidSignature')
  const deltaPaid = cumulativeAmount - slot.settled
  return {
    channelId: id,
    slot: { ...slot, settled: cumulativeAmount },
    moves: [toPayee(descriptor, deltaPaid)],
    events: [
      {
        name: 'Settled',
        ...parties(descriptor, id),
        cumulativeAmount,
        deltaPaid,
        newSettled: cumulativeAmount,
      },
    ],
  }
}

const topUp: Method<TopUpCall> = (slot, { descriptor, additionalDeposit }, context, id) => {
  if (context.sender !== descriptor.payer) return revert('NotPayer')
  const cancels = slot.closeRequestedAt !== 0
  // TIP-1034, semantics 4: a zero top-up with nothing to cancel is silent (spec/readings.md E1).
  if (additionalDeposit === 0n && !cancels) return { channelId: id, slot, moves: [], events: [] }
  const newDeposit = slot.deposit + additionalDeposit
  if (newDeposit > maxUint96) return revert('DepositOverflow')
  const who = parties(descriptor, id)
  const { token, payer, payee } = descriptor
  return {
    channelId: id,
    slot: { ...slot, deposit: newDeposit, closeRequestedAt: 0 },
    moves:
      additionalDeposit === 0n
        ? []
        : [{ token, from: payer, to: address, amount: additionalDeposit, policy: { payer, payee } }],
    events: [
      ...(cancels ? [{ name: 'CloseRequestCancelled' as const, ...who }] : []),
      { name: 'TopUp', ...who, additionalDeposit, newDeposit },
    ],
  }
}

const requestClose: Method<RequestCloseCall> = (slot, { descriptor }, context, id) => {
  if (context.sender !== descriptor.payer) return revert('NotPayer')
  if (slot.closeRequestedAt !== 0) return { channelId: id, slot, moves: [], events: [] }
  const closeGraceEnd = BigInt(context.timestamp + closeGracePeriodSeconds)
  return {
    channelId: id,
    slot: { ...slot, closeRequestedAt: Math.min(context.timestamp, latestCloseRequest) },
    moves: [],
    events: [{ name: 'CloseRequested', ...parties(descriptor, id), closeGraceEnd }],
  }
}

const close: Method<CloseCall> = (
  slot,
  { descriptor, cumulativeAmount, captureAmount, signature },
  context,
  id,
) => {
  if (!isPayeeSide(context.sender, descriptor)) return revert('NotPayeeOrOperator')
  if (captureAmount < slot.settled || captureAmount > cumulativeAmount) return revert('CaptureAmountInvalid')
  if (captureAmount > slot.deposit) return revert('AmountExceedsDeposit')
  // Capturing exactly what was settled needs no voucher (semantics 8, spec/readings.md E10 and E14).
  if (
    captureAmount > slot.settled &&
    !context.isSignedBy(voucherSigner(descriptor), { channelId: id, cumulativeAmount }, signature)
  )
    return revert('InvalidSignature')
  const delta = captureAmount - slot.settled
  const refundedToPayer = slot.deposit - captureAmount
  return {
    channelId: id,
    slot: undefined,
    moves: [
      ...(delta > 0n ? [toPayee(descriptor, delta)] : []),
      ...(refundedToPayer > 0n ? [toPayer(descriptor, refundedToPayer)] : []),
    ],
    events: [
      { name: 'ChannelClosed', ...parties(descriptor, id), settledToPayee: captureAmount, refundedToPayer },
    ],
  }
}

const withdraw: Method<WithdrawCall> = (slot, { descriptor }, context, id) => {
  if (context.sender !== descriptor.payer) return revert('NotPayer')
  if (slot.closeRequestedAt === 0 || context.timestamp < slot.closeRequestedAt + closeGracePeriodSeconds)
    return revert('CloseNotReady')
  const refundedToPayer = slot.deposit - slot.settled
  return {
    channelId: id,
    slot: undefined,
    moves: refundedToPayer > 0n ? [toPayer(descriptor, refundedToPayer)] : [],
    events: [
      { name: 'ChannelClosed', ...parties(descriptor, id), settledToPayee: slot.settled, refundedToPayer },
    ],
  }
}

const methods = { settle, topUp, requestClose, close, withdraw }

/** The payee, or an operator that is not the zero address. */
const isPayeeSide = (sender: Address, { payee, operator }: Descriptor.Descriptor): boolean =>
  sender === payee || (!isZero(operator) && sender === operator)

const parties = ({ payer, payee }: Descriptor.Descriptor, id: Bytes32): Parties => ({
  channelId: id,
  payer,
  payee,
})

const toPayee = ({ token, payer, payee }: Descriptor.Descriptor, amount: bigint): Move => ({
  token,
  from: address,
  to: payee,
  amount,
  policy: { payer, payee },
})

const toPayer = ({ token, payer }: Descriptor.Descriptor, amount: bigint): Move => ({
  token,
  from: address,
  to: payer,
  amount,
  policy: 'exempt',
})
