/**
 * What a payer agrees to, as pure rules. Nothing a server says raises these limits: a need-voucher event and a
 * snapshot are requests, never authorities.
 */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address } from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import * as Escrow from '../../contracts/escrow.ts'
import * as Reserve from '../../contracts/reserve.ts'
import * as Challenge from '../wire/challenge.ts'
import * as SessionRequest from '../wire/session-request.ts'
import { protocolOf } from './session-protocol.ts'

/** Why a client would not pay. */
export type PolicyCode =
  | 'no-usable-challenge'
  | 'expired-challenge'
  | 'wrong-protocol'
  | 'wrong-chain'
  | 'unknown-escrow'
  | 'unknown-currency'
  | 'unexpected-recipient'
  | 'over-price'
  | 'over-budget'
  | 'not-confirmed'
  | 'delta-above-step'
  | 'changed-terms'
  | 'beyond-delivery'
  | 'foreign-channel'
  | 'foreign-origin'
  | 'redirected'
  | 'overcharged'
  | 'insufficient-funds'
  | 'body-too-large'
  | 'channel-in-use'
  | 'no-channel'

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

/** The same error, with the challenge it is about where it has none. */
export function about(error: unknown, challenge: Challenge.Challenge): unknown {
  if (!(error instanceof PolicyError) || error.challenge !== undefined) return error
  return new PolicyError(error.code, error.message, challenge)
}

/** Why a rule says no. */
export interface Decline {
  code: PolicyCode
  message: string
}

/** A named rule of the client: undefined lets pass. */
export type Rule<Input> = (input: Input) => Decline | undefined

export interface Policy {
  chainId: number
  /** Chains that may be paid on; whichever the node is of when absent. */
  chains?: readonly number[]
  /** Most that may ever be deposited in, and signed for, one channel; base units. */
  maxDeposit: bigint
  /** Tokens the payer pays in. */
  currencies: readonly Address[]
  /** Escrows of v1 channels that the payer trusts; default `knownEscrows`. */
  escrows?: readonly Address[]
  /** Who may be paid; anyone when absent. */
  recipients?: readonly Address[]
  /** Most that one unit may cost, in base units; no bound of its own when absent. */
  maxPrice?: bigint
  /** Units that may be signed for before they are delivered; default 1. */
  unitsPerEvent?: number
}

/** The escrow that SDKs look for on Tempo's test network. */
export const knownEscrows: readonly Address[] = [Escrow.address]

/** What a challenge is judged by. */
export interface ChallengeInput {
  challenge: Challenge.Challenge
  terms: SessionRequest.SessionRequest
  policy: Policy
  /** Milliseconds since the epoch. */
  now: number
}

/** The most that is signed for a stream before delivery, in base units: the price times `unitsPerEvent`. */
export const stepOf = (
  { amount }: Pick<SessionRequest.SessionRequest, 'amount'>,
  { unitsPerEvent = 1 }: Pick<Policy, 'unitsPerEvent'>,
): bigint => amount * BigInt(unitsPerEvent)

const decline = (code: PolicyCode, message: string): Decline => ({ code, message })

/** The rules about a challenge, in the order they are asked (SESS-REQ-013, CORE-CHAL-033..036). */
export const challengeRules = {
  notExpired: ({ challenge, now }) =>
    Challenge.isExpired(challenge, now)
      ? decline('expired-challenge', 'the challenge has expired')
      : undefined,
  /** The reserve holds v2 channels only. */
  protocol: ({ terms }) =>
    protocolOf(terms) === 'v1' && terms.methodDetails.escrowContract === Reserve.address
      ? decline('wrong-protocol', 'asked for a v1 session in the channel reserve, which holds v2 channels')
      : undefined,
  chain: ({ terms: { methodDetails }, policy }) => {
    const { chainId = SessionRequest.defaultChainId } = methodDetails
    if (chainId !== policy.chainId)
      return decline('wrong-chain', `asked to pay on chain ${chainId}, this is ${policy.chainId}`)
    return policy.chains === undefined || policy.chains.includes(chainId)
      ? undefined
      : decline('wrong-chain', `will not pay on chain ${chainId}`)
  },
  /** A server could name a contract of its own that keeps the deposit. */
  escrow: ({ terms, policy }) => {
    const { escrowContract } = terms.methodDetails
    if (escrowContract === Reserve.address) return undefined
    if (protocolOf(terms) === 'v2')
      return decline('unknown-escrow', `${escrowContract} is not the channel reserve`)
    return (policy.escrows ?? knownEscrows).includes(escrowContract)
      ? undefined
      : decline('unknown-escrow', `${escrowContract} is no escrow this payer trusts`)
  },
  currency: ({ terms, policy }) =>
    policy.currencies.includes(terms.currency)
      ? undefined
      : decline('unknown-currency', `will not pay in ${terms.currency}`),
  recipient: ({ terms, policy }) =>
    policy.recipients === undefined || policy.recipients.includes(terms.recipient)
      ? undefined
      : decline('unexpected-recipient', `will not pay ${terms.recipient}`),
  price: ({ terms, policy }) =>
    policy.maxPrice === undefined || terms.amount <= policy.maxPrice
      ? undefined
      : decline(
          'over-price',
          `one unit costs ${Uint.toDecimal(terms.amount)}, at most ${Uint.toDecimal(policy.maxPrice)} is paid`,
        ),
  budget: ({ terms, policy }) =>
    terms.amount <= policy.maxDeposit
      ? undefined
      : decline(
          'over-budget',
          `one unit costs ${Uint.toDecimal(terms.amount)}, the budget is ${Uint.toDecimal(policy.maxDeposit)}`,
        ),
  /** A voucher for more than the next unit pays for what may never come. */
  delta: ({ terms, policy }) => {
    const { minVoucherDelta = 0n } = terms.methodDetails
    const step = stepOf(terms, policy)
    return minVoucherDelta <= step
      ? undefined
      : decline(
          'delta-above-step',
          `each voucher is to pay ${Uint.toDecimal(minVoucherDelta)} more, the next unit costs ${Uint.toDecimal(step)}`,
        )
  },
} satisfies Record<string, Rule<ChallengeInput>>

export type ChallengeRules = Readonly<Record<string, Rule<ChallengeInput>>>

/** The first decline of named rules, in order. */
export function firstDecline<Input>(
  rules: Readonly<Record<string, Rule<Input>>>,
  input: Input,
): Decline | undefined {
  for (const rule of Object.values(rules)) {
    const declined = rule(input)
    if (declined !== undefined) return declined
  }
  return undefined
}

/** Checks a challenge before anything is signed. Throws `PolicyError`. */
export function agree(
  challenge: Challenge.Challenge,
  policy: Policy,
  now: number,
  rules: ChallengeRules = challengeRules,
): SessionRequest.SessionRequest {
  const terms = termsOf(challenge)
  const declined = firstDecline(rules, { challenge, terms, policy, now })
  if (declined !== undefined) throw new PolicyError(declined.code, declined.message, challenge)
  return terms
}

function termsOf(challenge: Challenge.Challenge): SessionRequest.SessionRequest {
  try {
    return SessionRequest.decode(challenge.request)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new PolicyError('no-usable-challenge', `the request is malformed: ${error.message}`, challenge)
  }
}
