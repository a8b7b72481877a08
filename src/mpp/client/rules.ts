/**
 * All rules of the client in one table. The client is assembled from it, so replacing one entry changes one behaviour
 * and nothing else.
 */
import type { NeedVoucher } from '../wire/events.ts'
import type { Receipt } from '../wire/receipt.ts'
import { covers, openingDeposit, topUpAmount, withinFunds } from './deposit.ts'
import { challengeRules, type Decline } from './policy.ts'
import { redirectRules } from './redirect.ts'
import { retryRules } from './retry.ts'
import { suggestionRules } from './suggestion.ts'
import { asksAgain, withinAhead, withinStep } from './tab.ts'
import { changes, sameChannel, sameOrigin } from './terms.ts'
import { withinCaps } from './totals.ts'

/** What was signed, on which channel. */
interface Signed {
  channelId: string
  authorized: bigint
}

/** A receipt, and what was signed. */
export interface ReceiptInput {
  receipt: Receipt
  channel: Signed
}

/** What a stream asks for, and what was signed. */
export interface QuestionInput {
  needed: NeedVoucher
  channel: Signed
}

/** What is signed, and for whom. A question is a request: it may not name another channel, nor more than was signed. */
export const signRules = {
  channel: ({ needed, channel }: QuestionInput): Decline | undefined =>
    needed.channelId === channel.channelId
      ? undefined
      : { code: 'foreign-channel', message: 'the stream asks for a voucher on another channel' },
  withinSigned: ({ needed, channel }: QuestionInput): Decline | undefined =>
    needed.acceptedCumulative <= channel.authorized
      ? undefined
      : {
          code: 'overcharged',
          message: `the stream says ${needed.acceptedCumulative} was accepted, ${channel.authorized} was signed`,
        },
  withinStep,
  withinAhead,
  asksAgain,
  /** The total that a close is signed for: no more than was signed before. */
  closeAmount: ({ authorized }: Signed): bigint => authorized,
}

/** A receipt is a claim: it may not say more than was signed. */
export const receiptRules = {
  channel: ({ receipt, channel }: ReceiptInput): Decline | undefined =>
    receipt.channelId === channel.channelId
      ? undefined
      : { code: 'foreign-channel', message: 'the receipt is for another channel' },
  withinSigned: ({ receipt, channel }: ReceiptInput): Decline | undefined =>
    receipt.spent <= channel.authorized && receipt.acceptedCumulative <= channel.authorized
      ? undefined
      : {
          code: 'overcharged',
          message: `the receipt says ${receipt.spent} was spent, ${channel.authorized} was signed`,
        },
}

export const defaultRules = {
  challenge: challengeRules,
  terms: { changes, sameChannel, sameOrigin },
  deposit: { opening: openingDeposit, covers, topUp: topUpAmount, withinFunds, withinCaps },
  sign: signRules,
  receipt: receiptRules,
  suggestion: suggestionRules,
  retry: retryRules,
  redirect: redirectRules,
}

export type ClientRules = typeof defaultRules
/** Replacements for single rules; a client with one of them is wrong in exactly that. */
export type ClientRuleOverrides = { [Group in keyof ClientRules]?: Partial<ClientRules[Group]> }

/** The default rules with single entries replaced. */
export function withRules(overrides: ClientRuleOverrides = {}): ClientRules {
  const groups = Object.entries(defaultRules).map(([group, rules]) => [
    group,
    { ...rules, ...overrides[group as keyof ClientRules] },
  ])
  return Object.fromEntries(groups) as ClientRules
}
