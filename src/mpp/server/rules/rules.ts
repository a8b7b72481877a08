/**
 * All rules of the server in one table. The server is assembled from it, so replacing one entry changes one
 * behaviour and nothing else: that is how the conformance kit builds servers that are wrong in exactly one way.
 */

import type { Address, Bytes32 } from '../../../codec/hex.ts'
import * as Accounting from '../../ledger.ts'
import { closingVoucher } from '../retained.ts'
import { bootstrapRules } from './bootstrap.ts'
import { openedRules, openingRules, toppedUpRules } from './chain.ts'
import { challengeRules } from './challenge.ts'
import { descriptorRules, knownChannelRules } from './channel.ts'
import {
  chargeChallengeRules,
  handedOverRules,
  proofRules,
  transactionUseRules,
  transferRules,
  transferredRules,
  useRules,
} from './charge.ts'
import { closeAuthorizationRules } from './close-authorization.ts'
import { escrowOpenRules, escrowTopUpRules } from './escrow.ts'
import { preflightRules, sponsorRules, sponsorshipRules } from './sponsor.ts'
import { depositRules, openTransactionRules, topUpTransactionRules } from './transaction.ts'
import { signatureRules } from './voucher.ts'

export const defaultRules = {
  challenge: challengeRules,
  bootstrap: bootstrapRules,
  descriptor: descriptorRules,
  knownChannel: knownChannelRules,
  signature: signatureRules,
  closeAuthorization: closeAuthorizationRules,
  openTransaction: openTransactionRules,
  escrowOpen: escrowOpenRules,
  escrowTopUp: escrowTopUpRules,
  deposit: depositRules,
  opening: openingRules,
  opened: openedRules,
  topUpTransaction: topUpTransactionRules,
  toppedUp: toppedUpRules,
  voucher: Accounting.voucherRules,
  charge: Accounting.chargeRules,
  topUp: Accounting.topUpRules,
  close: Accounting.closeRules,
  chargeChallenge: chargeChallengeRules,
  transfer: transferRules,
  handedOver: handedOverRules,
  transferred: transferredRules,
  sponsor: sponsorRules,
  sponsorship: sponsorshipRules,
  preflight: preflightRules,
  proof: proofRules,
  challengeUse: useRules,
  transactionUse: transactionUseRules,
  /** What happens to the books, once the rules let pass. */
  books: {
    open: Accounting.open,
    acceptVoucher: Accounting.acceptVoucher,
    charge: Accounting.charge,
    observe: Accounting.observe,
    miss: Accounting.miss,
    captureAmount: Accounting.captureAmount,
    closingVoucher,
    requiredCumulative: Accounting.requiredCumulative,
    /** Sponsored transactions of one key wait for each other. */
    sponsorTurn: ({ sender }: { sender: Address; hash: Bytes32 }): string => sender,
  },
}

export type Rules = typeof defaultRules
/** Replacements for single rules. */
export type RuleOverrides = { [Group in keyof Rules]?: Partial<Rules[Group]> }

/** The default rules with single entries replaced. */
export function withRules(overrides: RuleOverrides = {}): Rules {
  const groups = Object.entries(defaultRules).map(([group, rules]) => [
    group,
    { ...rules, ...overrides[group as keyof Rules] },
  ])
  return Object.fromEntries(groups) as Rules
}
