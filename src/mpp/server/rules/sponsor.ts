/**
 * Rules on a payer's transaction whose fee this server pays (SESS-FEE-011 to 014, spec/readings.md P8). What it does
 * has been judged by then; here is judged what it may cost.
 */
import { expiringNonceKey, type Transaction } from '../../../chain/transaction.ts'
import * as Calldata from '../../../contracts/calldata.ts'
import { refuse } from '../../wire/problem.ts'
import type { SponsorLimits } from '../sponsor/limits.ts'
import type { RuleTable } from './rule.ts'

const wrong = (detail: string) => refuse('verification-failed', `sponsored transaction: ${detail}`)

export interface SponsorInput {
  transaction: Transaction
  limits: SponsorLimits
  /** Its gas limit at the highest price it offers, in base units. */
  mostFee: bigint
}

/** Rules on what the sender wrote into the transaction: a retry cannot change the result. */
export const sponsorRules = {
  gasWithin: ({ transaction: { gas }, limits: { maxGas } }) =>
    gas <= maxGas ? undefined : wrong(`its gas limit of ${gas} is above ${maxGas}`),
  feePerGasWithin: ({ transaction: { maxFeePerGas }, limits }) =>
    maxFeePerGas <= limits.maxFeePerGas
      ? undefined
      : wrong(`its maxFeePerGas of ${maxFeePerGas} is above ${limits.maxFeePerGas}`),
  priorityFeeWithin: ({ transaction: { maxPriorityFeePerGas, maxFeePerGas }, limits }) =>
    maxPriorityFeePerGas <= limits.maxPriorityFeePerGas && maxPriorityFeePerGas <= maxFeePerGas
      ? undefined
      : wrong(
          `its maxPriorityFeePerGas of ${maxPriorityFeePerGas} is above ${limits.maxPriorityFeePerGas}, or its maxFeePerGas`,
        ),
  feeWithin: ({ mostFee, limits: { maxFee } }) =>
    mostFee <= maxFee ? undefined : wrong(`it may cost ${mostFee}, which is above ${maxFee}`),
  /** In a sequence of nonces it would have no end, and its sender could use the number up for something else. */
  expiringNonce: ({ transaction: { nonceKey } }) =>
    nonceKey === expiringNonceKey ? undefined : wrong('it must use the expiring nonce key'),
  noAccessList: ({ transaction: { accessList } }) =>
    accessList === undefined ? undefined : wrong('it carries an access list'),
  authorizesNothing: ({ transaction: { authorizes } }) =>
    authorizes === undefined ? undefined : wrong('it carries authorizations'),
  canonicalCalls: ({ transaction: { calls } }) =>
    calls.every(({ data }) => Calldata.isCanonical(data))
      ? undefined
      : wrong('its calldata is more than the calls need'),
} satisfies RuleTable<SponsorInput>

export interface SponsorshipInput extends Omit<SponsorInput, 'mostFee'> {
  /** Wall clock in milliseconds. */
  now: number
  /** What an open deposits; undefined for anything else. */
  deposit: bigint | undefined
  /** What it may cost at today's price, in base units. */
  fee: bigint
  /** What it may cost in all, with the close that an open brings. */
  cost: bigint
  /** What was spent on others before it. */
  spent: Spent
}

/** Fees paid or promised, in base units. */
export interface Spent {
  /** For this payer, within the last minute. */
  payerMinute: bigint
  /** For all payers. */
  minute: bigint
  day: bigint
}

/** Rules on whether sponsoring is worth it at this moment. */
export const sponsorshipRules = {
  inWindow: ({ transaction: { validBefore, validAfter = 0 }, limits: { maxValiditySeconds }, now }) => {
    if (validBefore === undefined || validBefore * 1000 > now + maxValiditySeconds * 1000)
      return wrong(`it must be over within ${maxValiditySeconds} s`)
    return validBefore * 1000 > now && validAfter * 1000 <= now ? undefined : wrong('it is not valid now')
  },
  depositWorthIt: ({ deposit, fee, limits: { minDepositFees } }) =>
    deposit === undefined || deposit > fee * BigInt(minDepositFees)
      ? undefined
      : refuse(
          'payment-insufficient',
          `an open whose fee is paid for deposits more than ${fee * BigInt(minDepositFees)}`,
        ),
  withinPayersBudget: ({ cost, spent, limits }) =>
    spent.payerMinute + cost <= limits.maxFeesPerPayerPerMinute ? undefined : exhausted,
  withinMinutesBudget: ({ cost, spent, limits }) =>
    spent.minute + cost <= limits.maxFeesPerMinute ? undefined : exhausted,
  withinDaysBudget: ({ cost, spent, limits }) =>
    spent.day + cost <= limits.maxFeesPerDay ? undefined : exhausted,
} satisfies RuleTable<SponsorshipInput>

const exhausted = wrong('no more fees are paid for the moment; try again later')

export interface PreflightInput {
  /** Why the node says that the transaction would fail; undefined when it would succeed. */
  failure: string | undefined
}

/** What reverts costs its fee all the same. */
export const preflightRules = {
  succeeds: ({ failure }) => (failure === undefined ? undefined : wrong(`it would not succeed: ${failure}`)),
} satisfies RuleTable<PreflightInput>
