/** Bugs a v1 escrow could have, each the reducer with one rule bent, and the judge that must notice. */

import { zeroAddress } from '../../../src/codec/hex.ts'
import { maxUint128 } from '../../../src/codec/uint.ts'
import * as ChannelId from '../../../src/contracts/channel-id.ts'
import * as Escrow from '../../../src/contracts/escrow.ts'
import { isRevert } from '../../../src/contracts/revert.ts'
import * as Token from '../../../src/contracts/token.ts'
import { type Bug, by, changed, forgetful, highS } from './bug.ts'
import { type EscrowRules, escrow } from './contract.ts'

type Args = Parameters<typeof Escrow.apply>
type Result = ReturnType<typeof Escrow.apply>
type CallOf<M> = Extract<Escrow.Call, { type: M }>

const { apply } = Escrow

/** The reducer with calls of one method on an existing channel done differently. */
const bent =
  <M extends Escrow.Call['type']>(
    method: M,
    instead: (channel: Escrow.Channel, call: CallOf<M>, context: Args[2], id: Args[3]) => Result,
  ): typeof apply =>
  (channel, call, context, id) =>
    call.type === method && channel !== undefined
      ? instead(channel, call as CallOf<M>, context, id)
      : apply(channel, call, context, id)

const bug = (name: string, caughtBy: Bug['caughtBy'], rules: EscrowRules): Bug => ({
  name: `v1: ${name}`,
  caughtBy,
  contract: () => escrow(rules),
})
const reducer = (name: string, caughtBy: Bug['caughtBy'], mutated: typeof apply): Bug =>
  bug(name, caughtBy, { apply: mutated })

export const escrowBugs: readonly Bug[] = [
  // Missing access checks.
  reducer(
    'anyone settles',
    'payee-side-only',
    bent('settle', (channel, call, context, id) => apply(channel, call, by(channel.payee, context), id)),
  ),
  reducer(
    'the payer closes',
    'payee-side-only',
    bent('close', (channel, call, context, id) =>
      apply(channel, call, context.sender === channel.payer ? by(channel.payee, context) : context, id),
    ),
  ),
  reducer(
    'anyone tops up',
    'payer-only',
    bent('topUp', (channel, call, context, id) => apply(channel, call, by(channel.payer, context), id)),
  ),
  reducer(
    'anyone requests a close',
    'payer-only',
    bent('requestClose', (channel, call, context, id) =>
      apply(channel, call, by(channel.payer, context), id),
    ),
  ),
  reducer(
    'anyone withdraws',
    'payer-only',
    bent('withdraw', (channel, call, context, id) => apply(channel, call, by(channel.payer, context), id)),
  ),
  // Amounts.
  reducer(
    'settle one over the deposit',
    'settled-within-deposit',
    bent('settle', (channel, call, context, id) =>
      changed(
        apply({ ...channel, deposit: channel.deposit + 1n }, call, context, id),
        ({ channel: after }) => ({
          channel: { ...after, deposit: channel.deposit },
        }),
      ),
    ),
  ),
  reducer(
    'close may pass the deposit',
    'settled-within-deposit',
    bent('close', (channel, call, context, id) =>
      changed(apply({ ...channel, deposit: maxUint128 }, call, context, id), ({ channel: after, moves }) => ({
        channel: { ...after, deposit: channel.deposit },
        moves: moves.filter(({ to }) => to !== channel.payer),
      })),
    ),
  ),
  reducer(
    'close lowers what is settled',
    'settled-never-falls',
    bent('close', (channel, call, context, id) =>
      changed(apply(channel, call, context, id), ({ channel: after }) => ({
        channel: { ...after, settled: call.cumulativeAmount },
      })),
    ),
  ),
  reducer(
    'topUp wraps at 128 bits',
    'reserve-backed',
    bent('topUp', (channel, call, context, id) => {
      const wrapped = BigInt.asUintN(128, channel.deposit + call.additionalDeposit)
      return wrapped < channel.deposit
        ? changed(
            apply({ ...channel, deposit: 0n }, { ...call, additionalDeposit: wrapped }, context, id),
            ({ moves }) => ({ channel: { ...channel, deposit: wrapped, closeRequestedAt: 0 }, moves }),
          )
        : apply(channel, call, context, id)
    }),
  ),
  reducer(
    'topUp does not look for overflow',
    'one-word',
    bent('topUp', (channel, call, context, id) =>
      changed(apply({ ...channel, deposit: 0n }, call, context, id), ({ channel: after }) => ({
        channel: { ...after, deposit: channel.deposit + call.additionalDeposit },
      })),
    ),
  ),
  // Signatures.
  reducer(
    'close asks for no voucher',
    'voucher-for-every-capture',
    bent('close', (channel, call, context, id) =>
      apply(channel, call, { ...context, isSignedBy: () => true }, id),
    ),
  ),
  reducer(
    'the authorized signer is not looked at',
    'voucher-for-every-capture',
    bent('settle', (channel, call, context, id) =>
      changed(
        apply({ ...channel, authorizedSigner: zeroAddress }, call, context, id),
        ({ channel: after }) => ({
          channel: { ...after, authorizedSigner: channel.authorizedSigner },
        }),
      ),
    ),
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
    bent('close', (channel, call, context, id) =>
      changed(apply(channel, call, context, id), ({ moves }) => ({
        moves: moves.filter(({ to }) => to !== channel.payer),
      })),
    ),
  ),
  reducer(
    'withdraw refunds the whole deposit',
    'all-paid-back',
    bent('withdraw', (channel, call, context, id) =>
      changed(apply({ ...channel, settled: 0n }, call, context, id), ({ channel: after }) => ({
        channel: { ...after, settled: channel.settled },
      })),
    ),
  ),
  reducer(
    'settle pays the total again',
    'payouts-to-parties',
    bent('settle', (channel, call, context, id) =>
      changed(apply(channel, call, context, id), ({ moves }) => ({
        moves: moves.map((move) => ({ ...move, amount: call.cumulativeAmount })),
      })),
    ),
  ),
  reducer('open takes nothing', 'reserve-backed', (channel, call, context, id) =>
    call.type === 'open'
      ? changed(apply(channel, call, context, id), () => ({ moves: [] }))
      : apply(channel, call, context, id),
  ),
  reducer('open needs no allowance', 'oracle', (channel, call, context, id) =>
    changed(apply(channel, call, context, id), ({ moves }) => ({
      moves: moves.map(({ spender: _, ...move }) => move),
    })),
  ),
  bug('an allowance is never used up', 'oracle', {
    move: (view, wanted) => {
      const effect = Token.move(view, wanted)
      return isRevert(effect) ? effect : { ...effect, allowances: [] }
    },
  }),
  // Time.
  reducer(
    'grace of 899 seconds',
    'withdraw-after-grace',
    bent('withdraw', (channel, call, context, id) =>
      apply(channel, call, { ...context, timestamp: context.timestamp + 1 }, id),
    ),
  ),
  reducer(
    'grace of more than 900 seconds',
    'oracle',
    bent('withdraw', (channel, call, context, id) =>
      apply(channel, call, { ...context, timestamp: context.timestamp - 1 }, id),
    ),
  ),
  reducer(
    'a second request starts the clock again',
    'close-request-is-its-time',
    bent('requestClose', (channel, call, context, id) =>
      apply({ ...channel, closeRequestedAt: 0 }, call, context, id),
    ),
  ),
  reducer(
    'topUp leaves a pending close',
    'top-up-cancels',
    bent('topUp', (channel, call, context, id) =>
      changed(apply(channel, call, context, id), ({ channel: after }) => ({
        channel: { ...after, closeRequestedAt: channel.closeRequestedAt },
      })),
    ),
  ),
  // Identity and life.
  reducer(
    'withdraw does not finalize',
    'closed-leaves-nothing',
    bent('withdraw', (channel, call, context, id) =>
      changed(apply(channel, call, context, id), ({ channel: after }) => ({
        channel: { ...after, finalized: false },
      })),
    ),
  ),
  reducer(
    'a closed id is opened again',
    'closed-for-good',
    bent('open', (channel, call, context, id) =>
      apply(channel.finalized ? undefined : channel, call, context, id),
    ),
  ),
  reducer(
    'a closed channel is closed again, and pays again',
    'all-paid-back',
    bent('close', (channel, call, context, id) => apply({ ...channel, finalized: false }, call, context, id)),
  ),
  bug('the id leaves out the payer', 'one-transaction-one-id', {
    channelId: (descriptor, place) => ChannelId.v1({ ...descriptor, payer: zeroAddress }, place),
    apply: (channel, call, context, id) =>
      apply(call.type === 'open' ? undefined : channel, call, context, id),
  }),
  // Reverts and events.
  reducer(
    'state is written before the signature is checked',
    'revert-changes-nothing',
    bent('settle', (channel, call, context, id) => {
      const result = apply(channel, call, context, id)
      if (isRevert(result) && result.revert === 'InvalidSignature') channel.settled = call.cumulativeAmount
      return result
    }),
  ),
  reducer(
    'Settled tells the difference as the total',
    'events-tell-all',
    bent('settle', (channel, call, context, id) =>
      changed(apply(channel, call, context, id), ({ events }) => ({
        events: events.map((event) =>
          event.name === 'Settled' ? { ...event, newSettled: event.deltaPaid } : event,
        ),
      })),
    ),
  ),
]
