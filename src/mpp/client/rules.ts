/**
 * All rules of the client in one table. The client is assembled from it, so replacing one entry changes one behaviour
 * and nothing else.
 */
import type { Receipt } from '../wire/receipt.ts'
import { openingDeposit, topUpAmount } from './deposit.ts'
import { challengeRules, type Decline } from './policy.ts'
import { redirectRules } from './redirect.ts'
import { withinStep } from './tab.ts'
import { changes, sameChannel } from './terms.ts'

/** A receipt, and what was signed on which channel. */
export interface ReceiptInput {
  receipt: Receipt
  channel: { channelId: string; authorized: bigint }
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
  terms: { changes, sameChannel },
  deposit: { opening: openingDeposit, topUp: topUpAmount },
  sign: { withinStep },
  receipt: receiptRules,
  redirect: redirectRules,
}

export type ClientRules = typeof defaultRules
/** Replacements for single rules. */
export type ClientRuleOverrides = { [Group in keyof ClientRules]?: Partial<ClientRules[Group]> }

/** The default rules with single entries replaced. */
export function withRules(overrides: ClientRuleOverrides = {}): ClientRules {
  const groups = Object.entries(defaultRules).map(([group, rules]) => [
    group,
    { ...rules, ...overrides[group as keyof ClientRules] },
  ])
  return Object.fromEntries(groups) as ClientRules
}
