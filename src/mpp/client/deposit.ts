/**
 * How much is locked in a channel, as pure rules.
 *
 * What is locked comes back at the close; what each open and top-up costs does not. For n units of price p, with F the
 * fee of one transaction:
 *
 * | opening deposit            | transactions for n units        | locked at most          |
 * | -------------------------- | ------------------------------- | ----------------------- |
 * | `maxDeposit` (the default) | 1                               | `maxDeposit`            |
 * | what the server suggests   | 1 + log2(n·p / suggestion)      | twice what was used     |
 * | `depositUnits: u`          | 1 + log2(n / u)                 | twice what was used     |
 *
 * At 0.001 a unit and a fee of 0.001: 1,000 units cost 0.001 in fees with a deposit of 1, 0.006 with one of 40 units, and
 * 0.011 with one of a single unit. A top-up adds as much as is deposited already, so deposits double.
 */
import * as Uint from '../../codec/uint.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import { type Policy, PolicyError } from './policy.ts'

/** Who chose the opening deposit: the server's suggestion, the payer's number of units, or the whole budget. */
export type DepositChoice = 'suggested' | 'units' | 'budget'

export interface DepositPolicy extends Pick<Policy, 'maxDeposit'> {
  /** Units to deposit for; what the server suggests, or else the budget, when absent. */
  depositUnits?: number
}

/** The opening deposit: at least one unit, at most the budget. */
export function openingDeposit(
  { amount, suggestedDeposit }: Pick<SessionRequest, 'amount' | 'suggestedDeposit'>,
  { maxDeposit, depositUnits }: DepositPolicy,
): { deposit: bigint; choice: DepositChoice } {
  const within = (wanted: bigint) => Uint.min(Uint.max(wanted, amount), maxDeposit)
  if (depositUnits !== undefined) return { deposit: within(amount * BigInt(depositUnits)), choice: 'units' }
  if (suggestedDeposit !== undefined) return { deposit: within(suggestedDeposit), choice: 'suggested' }
  return { deposit: maxDeposit, choice: 'budget' }
}

/**
 * How much to add when vouchers must reach `required`: as much as is deposited, or what is missing if that is more,
 * within the budget. Throws `PolicyError` when the budget does not reach that far.
 */
export function topUpAmount(
  required: bigint,
  deposit: bigint,
  { maxDeposit }: Pick<Policy, 'maxDeposit'>,
): bigint {
  if (required > maxDeposit)
    throw new PolicyError(
      'over-budget',
      `needs a deposit of ${Uint.toDecimal(required)}, the budget is ${Uint.toDecimal(maxDeposit)}`,
    )
  return Uint.min(Uint.max(required - deposit, deposit), maxDeposit - deposit)
}

/** Whether a deposit covers a total that is to be signed, so that nothing has to be added first (SESS-SSE-008). */
export const covers = (total: bigint, deposit: bigint): boolean => total <= deposit

/** Kept back for the fees of the transactions to come, in base units. */
export const feeReserve = 10_000n

/** Bounds a deposit by what the payer holds, less the fees. Throws `PolicyError` when not even `least` is there. */
export function withinFunds(wanted: bigint, least: bigint, held: bigint, sponsored: boolean): bigint {
  const usable = sponsored ? held : Uint.max(held - feeReserve, 0n)
  if (usable < least)
    throw new PolicyError(
      'insufficient-funds',
      `the payer holds ${Uint.toDecimal(held)}, and needs ${Uint.toDecimal(least)} and the fee`,
    )
  return Uint.min(wanted, usable)
}
