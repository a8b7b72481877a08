/**
 * The reference facilitator: verifies `exact` payments of EIP-3009 tokens and settles them by submitting their
 * transfers.
 *
 * Requests for one authorization run one after the other, so that it is settled once and reported as settled once: a
 * second server with the same payment must not serve for it. Only a payment identifier repeats the same answer. A
 * transaction whose outcome is unknown is looked up when the payment comes again, and never sent twice.
 */
import type { ChainClient } from '../../chain/client.ts'
import { lookUp, type Outcome } from '../../chain/outcome.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32 } from '../../codec/hex.ts'
import type * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import type { Account } from '../../keys/account.ts'
import type { Recover } from '../../keys/signature.ts'
import * as Exact from '../wire/exact.ts'
import type { Facilitator, FacilitatorRequest, Supported, Verification } from '../wire/facilitator-api.ts'
import { versions } from '../wire/fields.ts'
import { networkOf } from '../wire/network.ts'
import * as PaymentIdentifier from '../wire/payment-identifier.ts'
import { type ReasonKind, reasonOf } from '../wire/reasons.ts'
import type { Settlement } from '../wire/settlement.ts'
import { answers } from './answers.ts'
import { type Claim, type FacilitatorRules, facilitatorRules, firstWrong } from './rules.ts'
import { isUsed, submit, wouldSucceed } from './token.ts'
import { turns } from './turns.ts'

/** Options of `facilitator`. */
export interface FacilitatorOptions {
  /** The account that submits settlements and pays their gas. */
  account: Account
  chain: ChainClient
  /** Tokens that are settled; default any that the chain has. */
  tokens?: readonly TransferAuthorization.Domain[]
  /** Seconds a payment must still be good for; default 6. */
  marginSeconds?: number
  /** Wall clock in milliseconds; default `Date.now`. */
  clock?: () => number
  rules?: FacilitatorRules
  recoverKey?: Recover
}

/** Default of `marginSeconds`. */
export const defaultMarginSeconds = 6
/** Longest wait for a transaction that was sent before, in milliseconds. */
const lookUpMs = 1_000

/**
 * Builds a facilitator on one chain. `verify` answers whether a payment would be settled, with the reason if not;
 * `settle` submits the transfer and answers its transaction. An invalid payment is an answer, not an error. Both reject
 * with `RpcError` or `RpcUnreachable` when the node fails, and with `DecodeError` for a payload that is not `exact`.
 */
export function facilitator(options: FacilitatorOptions): Facilitator {
  const { account, chain, clock = Date.now, rules = facilitatorRules } = options
  const inTurn = turns()
  const remembered = answers()
  /** Transactions whose outcome is not known yet, by the authorization they use. */
  const pending = new Map<string, Bytes32>()

  async function claimOf(request: FacilitatorRequest, chainId: number): Promise<Claim> {
    const { payment, requirements } = request
    return {
      ...request,
      ...Exact.fromJson(payment.payload),
      token: domainOf(requirements),
      chainId,
      now: Math.floor(clock() / 1000),
      marginSeconds: options.marginSeconds ?? defaultMarginSeconds,
      ...(options.tokens === undefined ? {} : { tokens: options.tokens }),
      ...(options.recoverKey === undefined ? {} : { recoverKey: options.recoverKey }),
    }
  }

  /**
   * Why a payment is invalid, if it is, and what it authorizes. Rejects with `DecodeError` for a payload that is not
   * `exact`.
   */
  async function examine(request: FacilitatorRequest): Promise<{ wrong?: ReasonKind; claim?: Claim }> {
    const chainId = await chain.chainId()
    const misrouted = firstWrong(rules.route, { ...request, chainId })
    if (misrouted !== undefined) return { wrong: misrouted }
    const claim = await claimOf(request, chainId)
    const wrong = firstWrong(rules.claim, claim) ?? (await standing(claim))
    return { claim, ...(wrong === undefined ? {} : { wrong }) }
  }

  async function standing(claim: Claim): Promise<ReasonKind | undefined> {
    const { token, authorization } = claim
    const { from, nonce } = authorization
    const used = await isUsed(chain, token.address, from, nonce)
    if (used === undefined) return 'requirements'
    const balance = await chain.balance(token.address, from)
    const wrong = firstWrong(rules.standing, { ...claim, used, balance })
    if (wrong !== undefined) return wrong
    return (await wouldSucceed(chain, token.address, Exact.callOf(claim))) ? undefined : 'state'
  }

  async function settleOnce(request: FacilitatorRequest): Promise<Settlement> {
    const { network } = request.requirements
    const before = pending.get(nameOf(request))
    if (before !== undefined) {
      const outcome = await lookUp(chain, before, lookUpMs)
      if (outcome !== 'unknown') pending.delete(nameOf(request))
      return settlementOf(outcome, before, network, payerOf(request))
    }
    const { wrong, claim } = await examine(request)
    const payer = claim?.authorization.from
    if (wrong !== undefined || claim === undefined)
      return failure(reasonOf(wrong ?? 'settleError'), network, payer)
    const { transaction, outcome } = await submit(chain, account, claim.token.address, Exact.callOf(claim))
    if (transaction === undefined) return failure(reasonOf('state'), network, payer)
    if (outcome === 'unknown') pending.set(nameOf(request), transaction)
    return settlementOf(outcome, transaction, network, payer)
  }

  return {
    async verify(request): Promise<Verification> {
      const { wrong, claim } = await examine(request)
      const payer = claim === undefined ? {} : { payer: claim.authorization.from }
      return wrong === undefined
        ? { isValid: true, ...payer }
        : { isValid: false, invalidReason: reasonOf(wrong), ...payer }
    },

    async settle(request): Promise<Settlement> {
      const settle = () => inTurn(nameOf(request), () => settleOnce(request))
      const id = PaymentIdentifier.idOf(request.payment.extensions)
      if (id === undefined) return settle()
      const known = await remembered.once(`${request.requirements.payTo} ${id}`, request, settle)
      return known ?? failure(reasonOf('identifier'), request.requirements.network)
    },

    async supported(): Promise<Supported> {
      const chainId = await chain.chainId()
      return {
        kinds: versions.map((version) => ({
          x402Version: version,
          scheme: Exact.scheme,
          network: networkOf(version, chainId),
        })),
        extensions: [PaymentIdentifier.name],
        signers: { 'eip155:*': [account.address] },
      }
    },
  }
}

/** The token's domain. Throws `DecodeError` whose path begins with the requirements. */
function domainOf(requirements: FacilitatorRequest['requirements']): TransferAuthorization.Domain {
  try {
    return Exact.domainOf(requirements)
  } catch (error) {
    throw error instanceof DecodeError ? error.within('paymentRequirements') : error
  }
}

/** What identifies an authorization: token, payer and nonce. Payments of other schemes have none. */
function nameOf({ payment, requirements }: FacilitatorRequest): string {
  if (payment.scheme !== Exact.scheme) return JSON.stringify(payment.json)
  const { from, nonce } = Exact.fromJson(payment.payload).authorization
  return `${requirements.asset.toLowerCase()} ${from} ${nonce}`
}

const payerOf = ({ payment }: FacilitatorRequest): Address =>
  Exact.fromJson(payment.payload).authorization.from

function settlementOf(
  outcome: Outcome,
  transaction: Bytes32,
  network: string,
  payer: Address | undefined,
): Settlement {
  if (outcome === 'unknown') return { ...failure(reasonOf('pending'), network, payer), transaction }
  if ('receipt' in outcome && outcome.receipt.success)
    return { success: true, transaction, network, ...(payer === undefined ? {} : { payer }) }
  return failure(reasonOf('state'), network, payer)
}

const failure = (errorReason: string, network: string, payer?: string): Settlement => ({
  success: false,
  errorReason,
  transaction: '',
  network,
  ...(payer === undefined ? {} : { payer }),
})
