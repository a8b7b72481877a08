/**
 * The reference facilitator: verifies `exact` payments of EIP-3009 tokens and settles them by submitting their
 * transfers.
 *
 * Requests for one authorization run one after the other, so that it is settled once and reported as settled once: a
 * second server with the same payment must not serve for it. Only whoever shows the key it asked with hears the same
 * answer again. A transaction whose outcome is unknown is looked up when the payment comes again, and never sent twice.
 */
import type { ChainClient } from '../../chain/client.ts'
import { lookUp, type Outcome } from '../../chain/outcome.ts'
import { DecodeError } from '../../codec/decode-error.ts'
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
import { type Asked, askedOf, type Handed, handedOver } from './handed-over.ts'
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
  const handed = handedOver()

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

  /** Settles what nobody else settles at the same time. */
  async function settleOnce(request: FacilitatorRequest, asked: Asked): Promise<Settlement> {
    const { network } = request.requirements
    const conflict = handed.conflict(asked)
    if (conflict !== undefined) return failure(reasonOf(conflict), network, asked.payer)
    const before = handed.find(asked.name)
    if (before?.isSettled === true) return told(before, asked, network)
    if (before !== undefined)
      return concluded(before, await lookUp(chain, before.transaction, lookUpMs), asked, network)
    const { wrong, claim } = await examine(request)
    const payer = claim?.authorization.from
    if (wrong !== undefined || claim === undefined)
      return failure(reasonOf(wrong ?? 'settleError'), network, payer)
    const { transaction, outcome } = await submit(chain, account, claim.token.address, Exact.callOf(claim))
    if (transaction === undefined) return failure(reasonOf('state'), network, payer)
    return concluded({ ...asked, transaction, isSettled: false, isTold: false }, outcome, asked, network)
  }

  /** What is said of a payment that was handed to the chain. */
  function concluded(own: Handed, outcome: Outcome, asked: Asked, network: string): Settlement {
    const { transaction, payer } = own
    handed.keep(own)
    if (outcome === 'unknown') return { ...failure(reasonOf('pending'), network, payer), transaction }
    if ('receipt' in outcome && outcome.receipt.success) return told(own, asked, network)
    handed.drop(own)
    return failure(reasonOf('state'), network, payer)
  }

  /** A success to whoever may hear of it; to others that the payment is used, and by which transaction. */
  function told(own: Handed, asked: Asked, network: string): Settlement {
    const { transaction, payer } = own
    if (!handed.tell(own, asked)) return { ...failure(reasonOf('state'), network, payer), transaction }
    return { success: true, transaction, network, ...(payer === undefined ? {} : { payer }) }
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
      const asked = askedOf(request)
      // Always the labels first: what waits for a name keeps no label that the one before it waits for.
      const names = [...asked.labels.map(([, label]) => label), asked.name]
      return names.reduceRight<() => Promise<Settlement>>(
        (settle, name) => () => inTurn(name, settle),
        () => settleOnce(request, asked),
      )()
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

const failure = (errorReason: string, network: string, payer?: string): Settlement => ({
  success: false,
  errorReason,
  transaction: '',
  network,
  ...(payer === undefined ? {} : { payer }),
})
