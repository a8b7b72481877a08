/**
 * What a facilitator checks of an `exact` payment before it spends gas on it: named pure rules, in the order of the
 * specification. Source: x402 specification v2, "Verification Steps"; scheme `exact` on EVM, "Verification Logic".
 */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import type * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import * as Signature from '../../keys/signature.ts'
import * as Exact from '../wire/exact.ts'
import type { FacilitatorRequest } from '../wire/facilitator-api.ts'
import { chainIdOf } from '../wire/network.ts'
import type { ReasonKind } from '../wire/reasons.ts'

/** What is known of a payment without asking the chain. */
export interface Claim extends FacilitatorRequest {
  authorization: TransferAuthorization.TransferAuthorization
  signature: Hex
  token: TransferAuthorization.Domain
  /** The chain that is settled on. */
  chainId: number
  /** Seconds since the epoch. */
  now: number
  /** Seconds that a payment must still be good for: a transaction takes its time to be mined. */
  marginSeconds: number
  /** Tokens that are settled; any when absent. */
  tokens?: readonly TransferAuthorization.Domain[]
  recoverKey?: Signature.Recover
}

/** What the chain says of its payer. */
export interface Standing extends Claim {
  /** Base units of the token. */
  balance: bigint
  used: boolean
}

/** What is wrong, if anything is. */
export type Rule<Input> = (input: Input) => ReasonKind | undefined

/** The rules about the two ends of a request: they speak of one scheme, on a chain that is settled on. */
export const routeRules = {
  scheme: ({ payment, requirements }: FacilitatorRequest): ReasonKind | undefined =>
    payment.scheme === Exact.scheme && requirements.scheme === Exact.scheme ? undefined : 'scheme',
  network: ({
    payment,
    requirements,
    chainId,
  }: FacilitatorRequest & { chainId: number }): ReasonKind | undefined =>
    payment.network === requirements.network && chainIdOf(payment.network) === chainId
      ? undefined
      : 'network',
}

/** The rules about what was signed. A v2 payment repeats what was asked, and must repeat it truly. */
export const claimRules = {
  asset: ({ payment: { accepted }, requirements, token, tokens }) =>
    sameText(accepted?.asset ?? requirements.asset, requirements.asset) &&
    (tokens === undefined || tokens.some((known) => isSame(known, token)))
      ? undefined
      : 'requirements',
  signature: ({ authorization, signature, token, chainId, recoverKey }) =>
    signerOf(Exact.digest(authorization, token, chainId), signature, recoverKey) === authorization.from
      ? undefined
      : 'signature',
  recipient: ({ payment: { accepted }, requirements, authorization }) =>
    sameText(accepted?.payTo ?? requirements.payTo, requirements.payTo) &&
    sameText(authorization.to, requirements.payTo)
      ? undefined
      : 'recipient',
  /** `exact`: neither less nor more. */
  value: ({ payment: { accepted }, requirements, authorization }) =>
    (accepted?.amount ?? requirements.amount) === requirements.amount &&
    authorization.value === requirements.amount
      ? undefined
      : 'value',
  validAfter: ({ authorization, now }) => (authorization.validAfter < BigInt(now) ? undefined : 'validAfter'),
  validBefore: ({ authorization, now, marginSeconds }) =>
    authorization.validBefore > BigInt(now + marginSeconds) ? undefined : 'validBefore',
} satisfies Record<string, Rule<Claim>>

/** The rules about what the chain says. */
export const standingRules = {
  nonce: ({ used }) => (used ? 'state' : undefined),
  funds: ({ balance, authorization }) => (balance < authorization.value ? 'funds' : undefined),
} satisfies Record<string, Rule<Standing>>

export interface FacilitatorRules {
  route: Readonly<Record<string, Rule<FacilitatorRequest & { chainId: number }>>>
  claim: Readonly<Record<string, Rule<Claim>>>
  standing: Readonly<Record<string, Rule<Standing>>>
}

export const facilitatorRules: FacilitatorRules = {
  route: routeRules,
  claim: claimRules,
  standing: standingRules,
}

/** What the first of several rules finds wrong. */
export function firstWrong<Input>(
  rules: Readonly<Record<string, Rule<Input>>>,
  input: Input,
): ReasonKind | undefined {
  for (const rule of Object.values(rules)) {
    const wrong = rule(input)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const sameText = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

const isSame = (a: TransferAuthorization.Domain, b: TransferAuthorization.Domain): boolean =>
  sameText(a.address, b.address) && a.name === b.name && a.version === b.version

/** Who signed, as the token sees it: 65 bytes, low s. */
function signerOf(digest: Bytes32, bytes: Hex, recoverKey?: Signature.Recover): Address | undefined {
  if (bytes.length !== 132) return undefined
  try {
    const signature = Signature.decode(bytes)
    return Signature.isCanonical(signature) ? Signature.recover(signature, digest, recoverKey) : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
