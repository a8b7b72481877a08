/** Bugs a v2 reserve could have, each the reducer with one rule bent, and the judge that must notice. */

import { zeroAddress, zeroBytes32 } from '../../../src/codec/hex.ts'
import { maxUint96 } from '../../../src/codec/uint.ts'
import * as ChannelId from '../../../src/contracts/channel-id.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { isRevert, revert } from '../../../src/contracts/revert.ts'
import * as Token from '../../../src/contracts/token.ts'
import { type Bug, by, changed, forgetful, highS } from './bug.ts'
import { type ReserveRules, reserve } from './contract.ts'

type Args = Parameters<typeof Reserve.apply>
type Result = ReturnType<typeof Reserve.apply>
type CallOf<M> = Extract<Reserve.Call, { type: M }>

const { apply } = Reserve

/** The reducer with calls of one method done differently. */
const bent =
  <M extends Reserve.Call['type']>(
    method: M,
    instead: (slot: Reserve.Slot, call: CallOf<M>, context: Args[2], id: Args[3]) => Result,
  ): typeof apply =>
  (slot, call, context, id) =>
    call.type === method && (slot !== undefined || method === 'open')
      ? instead(slot as Reserve.Slot, call as CallOf<M>, context, id)
      : apply(slot, call, context, id)

const anySignature = (context: Args[2]): Args[2] => ({ ...context, isSignedBy: () => true })

const bug = (name: string, caughtBy: Bug['caughtBy'], rules: ReserveRules): Bug => ({
  name: `v2: ${name}`,
  caughtBy,
  contract: () => reserve(rules),
})
const reducer = (name: string, caughtBy: Bug['caughtBy'], mutated: typeof apply): Bug =>
  bug(name, caughtBy, { apply: mutated })

export const reserveBugs: readonly Bug[] = [
  // Missing access checks.
  reducer(
    'anyone settles',
    'payee-side-only',
    bent('settle', (slot, call, context, id) => apply(slot, call, by(call.descriptor.payee, context), id)),
  ),
  reducer(
    'the payer closes',
    'payee-side-only',
    bent('close', (slot, call, context, id) => {
      const { payer, payee } = call.descriptor
      return apply(slot, call, context.sender === payer ? by(payee, context) : context, id)
    }),
  ),
  reducer(
    'a zero operator is somebody',
    'zero-operator-is-nobody',
    bent('close', (slot, call, context, id) => {
      const { operator, payee } = call.descriptor
      return apply(slot, call, context.sender === operator ? by(payee, context) : context, id)
    }),
  ),
  reducer(
    'anyone tops up',
    'payer-only',
    bent('topUp', (slot, call, context, id) => apply(slot, call, by(call.descriptor.payer, context), id)),
  ),
  reducer(
    'anyone requests a close',
    'payer-only',
    bent('requestClose', (slot, call, context, id) =>
      apply(slot, call, by(call.descriptor.payer, context), id),
    ),
  ),
  reducer(
    'the payee withdraws',
    'payer-only',
    bent('withdraw', (slot, call, context, id) => {
      const { payer, payee } = call.descriptor
      return apply(slot, call, context.sender === payee ? by(payer, context) : context, id)
    }),
  ),
  // Amounts.
  reducer(
    'settle one over the deposit',
    'settled-within-deposit',
    bent('settle', (slot, call, context, id) =>
      changed(apply({ ...slot, deposit: slot.deposit + 1n }, call, context, id), ({ slot: after }) => ({
        slot: after && { ...after, deposit: slot.deposit },
      })),
    ),
  ),
  reducer(
    'settle again what is settled',
    'oracle',
    bent('settle', (slot, call, context, id) =>
      call.cumulativeAmount === slot.settled && slot.settled > 0n
        ? changed(apply({ ...slot, settled: slot.settled - 1n }, call, context, id), () => ({ moves: [] }))
        : apply(slot, call, context, id),
    ),
  ),
  reducer(
    'settle less than is settled',
    'settled-never-falls',
    bent('settle', (slot, call, context, id) =>
      apply(call.cumulativeAmount < slot.settled ? { ...slot, settled: 0n } : slot, call, context, id),
    ),
  ),
  reducer(
    'capture below what is settled',
    'settled-never-falls',
    bent('close', (slot, call, context, id) =>
      apply(call.captureAmount < slot.settled ? { ...slot, settled: 0n } : slot, call, context, id),
    ),
  ),
  reducer(
    'capture above the voucher',
    'capture-in-bounds',
    bent('close', (slot, call, context, id) =>
      apply(
        slot,
        { ...call, cumulativeAmount: maxUint96 },
        {
          ...context,
          isSignedBy: (signer, voucher, signature) =>
            context.isSignedBy(signer, { ...voucher, cumulativeAmount: call.cumulativeAmount }, signature),
        },
        id,
      ),
    ),
  ),
  reducer(
    'the capture may pass the deposit',
    'capture-in-bounds',
    bent('close', (slot, call, context, id) =>
      changed(apply({ ...slot, deposit: maxUint96 }, call, context, id), ({ moves, events }) => ({
        moves: moves.filter(({ to }) => to !== call.descriptor.payer),
        events,
      })),
    ),
  ),
  reducer(
    'topUp wraps at 96 bits',
    'reserve-backed',
    bent('topUp', (slot, call, context, id) => {
      const room = maxUint96 - slot.deposit
      if (call.additionalDeposit <= room) return apply(slot, call, context, id)
      const wrapped = BigInt.asUintN(96, slot.deposit + call.additionalDeposit)
      return changed(apply({ ...slot, deposit: 0n }, call, context, id), () => ({
        slot: { ...slot, deposit: wrapped },
      }))
    }),
  ),
  reducer(
    'topUp does not look for overflow',
    'one-word',
    bent('topUp', (slot, call, context, id) =>
      changed(apply({ ...slot, deposit: 0n }, call, context, id), ({ slot: after }) => ({
        slot: after && { ...after, deposit: slot.deposit + call.additionalDeposit },
      })),
    ),
  ),
  reducer(
    'open of nothing',
    'oracle',
    bent('open', (slot, call, context, id) =>
      call.deposit > 0n
        ? apply(slot, call, context, id)
        : changed(apply(slot, { ...call, deposit: 1n }, context, id), ({ events, slot: after }) => ({
            slot: after && { ...after, deposit: 0n },
            moves: [],
            events: events.map((event) => ({ ...event, deposit: 0n }) as Reserve.Event),
          })),
    ),
  ),
  // Signatures.
  reducer(
    'close asks for no voucher',
    'voucher-for-every-capture',
    bent('close', (slot, call, context, id) => apply(slot, call, anySignature(context), id)),
  ),
  reducer(
    'the payer signs beside the authorized signer',
    'voucher-for-every-capture',
    bent('settle', (slot, call, context, id) => {
      const isSignedBy: Args[2]['isSignedBy'] = (signer, ...rest) =>
        context.isSignedBy(signer, ...rest) || context.isSignedBy(call.descriptor.payer, ...rest)
      return apply(slot, call, { ...context, isSignedBy }, id)
    }),
  ),
  bug('any voucher of the channel signs any amount', 'voucher-for-every-capture', {
    signatures: forgetful('amount'),
  }),
  bug('a voucher of another channel', 'voucher-for-every-capture', { signatures: forgetful('channel') }),
  bug('high s accepted', 'voucher-for-every-capture', { signatures: highS }),
  // Money.
  reducer(
    'close forgets the refund',
    'all-paid-back',
    bent('close', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), ({ moves }) => ({
        moves: moves.filter(({ policy }) => policy !== 'exempt'),
      })),
    ),
  ),
  reducer(
    'close pays again what is settled',
    'payouts-to-parties',
    bent('close', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), ({ moves }) => ({
        moves: moves.map((move) =>
          move.policy === 'exempt' ? move : { ...move, amount: call.captureAmount },
        ),
      })),
    ),
  ),
  reducer(
    'withdraw refunds the whole deposit',
    'reserve-backed',
    bent('withdraw', (slot, call, context, id) => apply({ ...slot, settled: 0n }, call, context, id)),
  ),
  reducer(
    'the operator is paid',
    'payouts-to-parties',
    bent('settle', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), ({ moves }) => ({
        moves: moves.map((move) => ({ ...move, to: context.sender })),
      })),
    ),
  ),
  reducer(
    'topUp takes nothing',
    'reserve-backed',
    bent('topUp', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), () => ({ moves: [] })),
    ),
  ),
  reducer(
    'open needs an allowance',
    'no-approval',
    bent('open', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), ({ moves }) => ({
        moves: moves.map((move) => ({ ...move, spender: Reserve.address })),
      })),
    ),
  ),
  bug('policies of payer and payee are not asked', 'logical-path', {
    move: (view, { policy: _, ...rest }) => Token.move(view, rest),
  }),
  bug('policies are asked of refunds', 'logical-path', {
    move: (view, { policy, ...rest }) =>
      Token.move(view, policy === 'exempt' || policy === undefined ? rest : { ...rest, policy }),
  }),
  bug('a transfer to oneself makes tokens', 'supply-conserved', {
    move: (view, wanted) => {
      const effect = Token.move(view, wanted)
      if (isRevert(effect) || wanted.from !== wanted.to) return effect
      const { token, from: holder, amount } = wanted
      return { ...effect, balances: [{ token, holder, balance: view.balance(token, holder) + amount }] }
    },
  }),
  // Time.
  reducer(
    'grace of 899 seconds',
    'withdraw-after-grace',
    bent('withdraw', (slot, call, context, id) =>
      apply(slot, call, { ...context, timestamp: context.timestamp + 1 }, id),
    ),
  ),
  reducer(
    'grace of more than 900 seconds',
    'oracle',
    bent('withdraw', (slot, call, context, id) =>
      apply(slot, call, { ...context, timestamp: context.timestamp - 1 }, id),
    ),
  ),
  reducer(
    'withdraw without a request',
    'withdraw-after-grace',
    bent('withdraw', (slot, call, context, id) =>
      apply({ ...slot, closeRequestedAt: slot.closeRequestedAt || 1 }, call, context, id),
    ),
  ),
  reducer(
    'a second request starts the clock again',
    'close-request-is-its-time',
    bent('requestClose', (slot, call, context, id) =>
      apply({ ...slot, closeRequestedAt: 0 }, call, context, id),
    ),
  ),
  reducer(
    'settle cancels a pending close',
    'close-request-is-its-time',
    bent('settle', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), ({ slot: after }) => ({
        slot: after && { ...after, closeRequestedAt: 0 },
      })),
    ),
  ),
  reducer(
    'topUp leaves a pending close',
    'top-up-cancels',
    bent('topUp', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), ({ slot: after }) => ({
        slot: after && { ...after, closeRequestedAt: slot.closeRequestedAt },
      })),
    ),
  ),
  // Identity and life.
  reducer(
    'close keeps the slot',
    'closed-leaves-nothing',
    bent('close', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), () => ({ slot: { ...slot, settled: slot.deposit } })),
    ),
  ),
  reducer(
    'a closed id is opened again in its transaction',
    'closed-for-good',
    bent('open', (slot, call, context, id) =>
      apply(slot, call, { ...context, openedThisTransaction: () => false }, id),
    ),
  ),
  reducer(
    'open over an open channel',
    'one-transaction-one-id',
    bent('open', (_, call, context, id) =>
      apply(undefined, call, { ...context, openedThisTransaction: () => false }, id),
    ),
  ),
  bug('the id leaves out the operator', 'payee-side-only', {
    channelId: (descriptor, place) => ChannelId.v2({ ...descriptor, operator: zeroAddress }, place),
  }),
  bug('the id leaves out the transaction', 'one-transaction-one-id', {
    channelId: (descriptor, place) => ChannelId.v2({ ...descriptor, expiringNonceHash: zeroBytes32 }, place),
  }),
  // Reverts and events.
  reducer(
    'state is written before the signature is checked',
    'revert-changes-nothing',
    bent('settle', (slot, call, context, id) => {
      const result = apply(slot, call, context, id)
      if (isRevert(result) && result.revert === 'InvalidSignature') slot.settled = call.cumulativeAmount
      return result
    }),
  ),
  reducer(
    'topUp is not announced',
    'events-tell-all',
    bent('topUp', (slot, call, context, id) =>
      changed(apply(slot, call, context, id), () => ({ events: [] })),
    ),
  ),
  reducer('a call on no channel succeeds', 'oracle', (slot, call, context, id) =>
    slot === undefined && call.type === 'requestClose'
      ? { channelId: id ?? zeroBytes32, slot, moves: [], events: [] }
      : apply(slot, call, context, id),
  ),
  reducer('another error for a stranger', 'oracle', (...args) => {
    const result = apply(...args)
    return isRevert(result) && result.revert === 'NotPayeeOrOperator' ? revert('NotPayee') : result
  }),
]
