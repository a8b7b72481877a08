/**
 * What a payer agrees to, as pure rules. Nothing a server says raises these limits: a need-voucher event and a
 * snapshot are requests, never authorities.
 */
import * as Reserve from '../channel/reserve.ts'
import type { Address } from '../codec/hex.ts'
import * as Uint from '../codec/uint.ts'
import * as Challenge from '../mpp/challenge.ts'
import * as SessionRequest from '../mpp/session-request.ts'

export type PolicyCode =
  | 'no-usable-challenge'
  | 'expired-challenge'
  | 'wrong-protocol'
  | 'wrong-chain'
  | 'unknown-escrow'
  | 'unknown-currency'
  | 'unexpected-recipient'
  | 'over-budget'
  | 'beyond-delivery'
  | 'foreign-channel'
  | 'overcharged'

/** The client declines to pay. Nothing was signed for what it declines. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly code: PolicyCode
  readonly challenge: Challenge.Challenge | undefined

  constructor(code: PolicyCode, message: string, challenge?: Challenge.Challenge) {
    super(message)
    this.code = code
    this.challenge = challenge
  }
}

export interface Policy {
  chainId: number
  /** Most that may ever be deposited in, and signed for, one channel; base units. */
  maxDeposit: bigint
  /** Tokens the payer pays in. */
  currencies: readonly Address[]
  /** Who may be paid; anyone when absent. */
  recipients?: readonly Address[]
}

/** Checks a challenge before anything is signed (SESS-REQ-013, CORE-CHAL-033..036). Throws `PolicyError`. */
export function agree(
  challenge: Challenge.Challenge,
  policy: Policy,
  now: number,
): SessionRequest.SessionRequest {
  const decline = (code: PolicyCode, message: string): never => {
    throw new PolicyError(code, message, challenge)
  }
  if (Challenge.isExpired(challenge, now)) decline('expired-challenge', 'the challenge has expired')
  const terms = SessionRequest.decode(challenge.request)
  const { escrowContract, sessionProtocol, chainId = SessionRequest.defaultChainId } = terms.methodDetails
  if (sessionProtocol !== 'v2') decline('wrong-protocol', 'this client pays v2 sessions only')
  if (chainId !== policy.chainId)
    decline('wrong-chain', `asked to pay on chain ${chainId}, this is ${policy.chainId}`)
  if (escrowContract !== Reserve.address)
    decline('unknown-escrow', `${escrowContract} is not the channel reserve`)
  if (!policy.currencies.includes(terms.currency))
    decline('unknown-currency', `will not pay in ${terms.currency}`)
  if (policy.recipients !== undefined && !policy.recipients.includes(terms.recipient))
    decline('unexpected-recipient', `will not pay ${terms.recipient}`)
  if (terms.amount > policy.maxDeposit)
    decline(
      'over-budget',
      `one unit costs ${Uint.toDecimal(terms.amount)}, the budget is ${Uint.toDecimal(policy.maxDeposit)}`,
    )
  return terms
}

/** The opening deposit: what the server suggests, at least one unit, at most the budget. */
export const openingDeposit = (
  { amount, suggestedDeposit }: SessionRequest.SessionRequest,
  { maxDeposit }: Policy,
) => Uint.min(Uint.max(suggestedDeposit ?? amount, amount), maxDeposit)

/**
 * How much to add when vouchers must reach `required`: as much as was deposited at first, or what is missing if
 * that is more, within the budget.
 */
export function topUpAmount(
  required: bigint,
  deposit: bigint,
  { amount, suggestedDeposit }: SessionRequest.SessionRequest,
  { maxDeposit }: Policy,
): bigint {
  const missing = required - deposit
  if (deposit + missing > maxDeposit)
    throw new PolicyError(
      'over-budget',
      `needs a deposit of ${Uint.toDecimal(required)}, the budget is ${Uint.toDecimal(maxDeposit)}`,
    )
  return Uint.min(Uint.max(missing, suggestedDeposit ?? amount), maxDeposit - deposit)
}

/** What the payer knows of its own spending on a channel. */
export interface Spending {
  /** Highest total signed. */
  authorized: bigint
  /** Price of what was received, plus what was spent before. */
  delivered: bigint
}

/**
 * Checks the total a stream asks for: what was delivered plus the next `units` units, or the least increase the
 * terms announced (SESS-SSE-014). Throws `PolicyError`.
 */
export function agreeToSign(
  required: bigint,
  { authorized, delivered }: Spending,
  terms: SessionRequest.SessionRequest,
  policy: Policy,
  units = 1,
): void {
  const nextUnit = delivered + terms.amount * BigInt(units)
  const leastIncrease = authorized + (terms.methodDetails.minVoucherDelta ?? 0n)
  const limit = Uint.max(nextUnit, leastIncrease)
  if (required > limit)
    throw new PolicyError(
      'beyond-delivery',
      `asked to sign for ${Uint.toDecimal(required)}; what was delivered and the next unit come to ${Uint.toDecimal(limit)}`,
    )
  if (required > policy.maxDeposit)
    throw new PolicyError(
      'over-budget',
      `asked to sign for ${Uint.toDecimal(required)}, the budget is ${Uint.toDecimal(policy.maxDeposit)}`,
    )
}
