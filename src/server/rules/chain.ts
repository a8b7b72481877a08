/** Rules on what the chain says after a broadcast: tempo session draft, "Open Verification" step 2 and "TopUp Verification". */

import type { Receipt } from '../../chain/client.ts'
import type { Event, Slot } from '../../channel/reserve.ts'
import type { Descriptor } from '../../mpp/descriptor.ts'
import type { Open, TopUp } from '../../mpp/payload.ts'
import { refuse } from '../../mpp/problem.ts'
import type { RuleTable } from './rule.ts'

const wrong = (detail: string) => refuse('verification-failed', detail)

export interface OpenedInput {
  payload: Open
  descriptor: Descriptor
  receipt: Receipt
  /** The ChannelOpened event of this channel, if the reserve emitted one. */
  event: Extract<Event, { name: 'ChannelOpened' }> | undefined
  /** The channel as read back after the receipt. */
  slot: Slot
  deposit: bigint
  price: bigint
}

export const openedRules = {
  /** SESS-OPEN-006. */
  succeeded: ({ receipt }) => (receipt.success ? undefined : wrong('the open transaction reverted')),
  /** SESS-OPEN-006, reading A22. */
  emitted: ({ event, deposit }) =>
    event !== undefined && event.deposit === deposit
      ? undefined
      : wrong('the reserve emitted no ChannelOpened for this channel'),
  /** SESS-OPEN-007, SESS-OPEN-011, reading A18. */
  exists: ({ slot }) =>
    slot.deposit > 0n ? undefined : refuse('session/channel-not-found', 'the channel is not on chain'),
  /** SESS-OPEN-010. */
  funded: ({ slot, price }) =>
    slot.deposit - slot.settled >= price
      ? undefined
      : refuse('payment-insufficient', 'the channel does not hold the price of one unit'),
  /** SESS-OPEN-012. */
  notClosing: ({ slot }) =>
    slot.closeRequestedAt === 0 ? undefined : wrong('the payer has already requested to close the channel'),
  /** SESS-OPEN-014. */
  aboveSettled: ({ payload, slot }) =>
    payload.cumulativeAmount >= slot.settled
      ? undefined
      : wrong('the initial voucher is below what was settled'),
} satisfies RuleTable<OpenedInput>

export interface ToppedUpInput {
  payload: TopUp
  receipt: Receipt
  /** The TopUp event of this channel, if the reserve emitted one. */
  event: Extract<Event, { name: 'TopUp' }> | undefined
  slot: Slot
}

export const toppedUpRules = {
  succeeded: ({ receipt }) => (receipt.success ? undefined : wrong('the top-up transaction reverted')),
  /** SESS-TOPUP-006. */
  emitted: ({ event, payload }) =>
    event !== undefined && event.additionalDeposit === payload.additionalDeposit
      ? undefined
      : wrong('the reserve emitted no such TopUp for this channel'),
  /** SESS-TOPUP-007. */
  deposited: ({ event, slot }) =>
    event !== undefined && slot.deposit >= event.newDeposit
      ? undefined
      : wrong('the deposit on chain did not rise'),
} satisfies RuleTable<ToppedUpInput>
