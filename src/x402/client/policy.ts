/**
 * What a payer agrees to, as named pure rules. Nothing that a server says raises these limits, and nothing is signed for
 * what they decline.
 */
import type { Address } from '../../codec/hex.ts'
import * as Exact from '../wire/exact.ts'
import { chainIdOf } from '../wire/network.ts'
import type { Requirements } from '../wire/requirements.ts'

/** Why a client would not pay. */
export type PolicyCode =
  | 'no-requirements'
  | 'unknown-scheme'
  | 'unknown-network'
  | 'unknown-asset'
  | 'unexpected-payee'
  | 'over-price'
  | 'over-budget'
  | 'malformed-requirements'
  | 'foreign-origin'
  | 'redirected'
  | 'body-too-large'

/** The client declines to pay, or to carry its payment on. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly code: PolicyCode
  readonly requirements: Requirements | undefined

  constructor(code: PolicyCode, message: string, requirements?: Requirements) {
    super(message)
    this.code = code
    this.requirements = requirements
  }
}

/** A token that is paid in. */
export interface Asset {
  chainId: number
  address: Address
}

export interface Policy {
  /** Most that one payment may be, in base units. */
  maxAmount: bigint
  /** Tokens that are paid in, and nothing else. */
  assets: readonly Asset[]
  /** Who may be paid; anyone when absent. */
  payees?: readonly Address[]
  /** Longest time a signature is good for, in seconds, whatever the server asks. */
  maxValiditySeconds: number
  /** Most that may be signed for in all, in base units; no bound of its own when absent. */
  budget?: bigint
}

/** What requirements are judged by. */
export interface Considered {
  requirements: Requirements
  policy: Policy
  /** Base units that were signed for so far. */
  signed: bigint
}

/** Why a rule says no. */
export interface Decline {
  code: PolicyCode
  message: string
}

/** A named rule: undefined lets pass. */
export type PolicyRule = (considered: Considered) => Decline | undefined

/** The rules, in the order they are asked. */
export const policyRules = {
  scheme: ({ requirements: { scheme } }) =>
    scheme === Exact.scheme ? undefined : decline('unknown-scheme', `cannot pay by ${scheme}`),
  network: ({ requirements: { network }, policy: { assets } }) =>
    assets.some(({ chainId }) => chainId === chainIdOf(network))
      ? undefined
      : decline('unknown-network', `does not pay on ${network}`),
  asset: ({ requirements: { asset, network }, policy: { assets } }) =>
    assets.some(({ chainId, address }) => chainId === chainIdOf(network) && isSame(address, asset))
      ? undefined
      : decline('unknown-asset', `does not pay in ${asset}`),
  payee: ({ requirements: { payTo }, policy: { payees } }) =>
    payees === undefined || payees.some((payee) => isSame(payee, payTo))
      ? undefined
      : decline('unexpected-payee', `does not pay ${payTo}`),
  price: ({ requirements: { amount }, policy: { maxAmount } }) =>
    amount <= maxAmount
      ? undefined
      : decline('over-price', `costs ${amount} base units, at most ${maxAmount} are paid`),
  budget: ({ requirements: { amount }, policy: { budget }, signed }) =>
    budget === undefined || signed + amount <= budget
      ? undefined
      : decline('over-budget', `costs ${amount} base units, of ${budget} there were ${signed} signed for`),
} satisfies Record<string, PolicyRule>

export type PolicyRules = Readonly<Record<string, PolicyRule>>

/**
 * The first of several ways to pay that the policy agrees to, and its place. Throws `PolicyError` with what was wrong
 * with the first when there is none.
 */
export function choose(
  accepts: readonly Requirements[],
  { policy, signed, rules = policyRules }: Omit<Considered, 'requirements'> & { rules?: PolicyRules },
): Requirements {
  let why: PolicyError | undefined
  for (const requirements of accepts) {
    const declined = firstDecline(rules, { requirements, policy, signed })
    if (declined === undefined) return requirements
    why ??= new PolicyError(declined.code, declined.message, requirements)
  }
  throw why ?? new PolicyError('no-requirements', 'the server names no way to pay')
}

function firstDecline(rules: PolicyRules, considered: Considered): Decline | undefined {
  for (const rule of Object.values(rules)) {
    const declined = rule(considered)
    if (declined !== undefined) return declined
  }
  return undefined
}

const decline = (code: PolicyCode, message: string): Decline => ({ code, message })

const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()
