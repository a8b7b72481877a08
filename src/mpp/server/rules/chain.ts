/** Rules on what the chain says after a broadcast: tempo session draft, "Open Verification" step 2 and "TopUp Verification". */

import type { Slot } from '../../../chain/channel-contract/face.ts'
import type { Receipt } from '../../../chain/client.ts'
import type { Descriptor } from '../../../contracts/descriptor.ts'
import type { Open, TopUp } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import type { Deposited } from '../contract/contract.ts'
import type { RuleTable } from './rule.ts'

const wrong = (detail: string) => refuse('verification-failed', detail)

export interface OpeningInput {
  /** Whether this payee has begun to open the channel before. */
  begun: boolean
  /** Whether the chain knows the channel, or its open transaction, already. */
  onChain: boolean
}

export const openingRules = {
  /** SESS-OPEN-019: what was sold on it elsewhere is not known here (reading A9). */
  notUsedElsewhere: ({ begun, onChain }) =>
    begun || !onChain
      ? undefined
      : wrong('the channel was opened past this server, so it is not taken over: open another one'),
} satisfies RuleTable<OpeningInput>

export interface OpenedInput {
  payload: Open
  descriptor: Descriptor
  receipt: Receipt
  /** What the ChannelOpened event of this channel says, if its contract emitted one. */
  event: Deposited | undefined
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
    event !== undefined && event.amount === deposit
      ? undefined
      : wrong('the contract emitted no ChannelOpened for this channel'),
  /** SESS-OPEN-011; the reserve forgets a closed channel instead (reading A18). */
  notFinalized: ({ slot }) =>
    slot.finalized === true
      ? refuse('session/channel-finalized', 'the channel was closed on chain')
      : undefined,
  /** SESS-OPEN-008, SESS-OPEN-009: as the escrow stores it; a v2 id binds both. */
  paysUsInCurrency: ({ slot: { parties }, descriptor }) =>
    parties === undefined || (parties.payee === descriptor.payee && parties.token === descriptor.token)
      ? undefined
      : wrong('the channel on chain has another payee or token'),
  /** SESS-OPEN-007, reading A18. */
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
  /** What the TopUp event of this channel says, if its contract emitted one. */
  event: Deposited | undefined
  slot: Slot
}

export const toppedUpRules = {
  succeeded: ({ receipt }) => (receipt.success ? undefined : wrong('the top-up transaction reverted')),
  /** SESS-TOPUP-006. */
  emitted: ({ event, payload }) =>
    event !== undefined && event.amount === payload.additionalDeposit
      ? undefined
      : wrong('the contract emitted no such TopUp for this channel'),
  /** SESS-TOPUP-007. */
  deposited: ({ event, slot }) =>
    event !== undefined && slot.deposit >= event.total
      ? undefined
      : wrong('the deposit on chain did not rise'),
} satisfies RuleTable<ToppedUpInput>
