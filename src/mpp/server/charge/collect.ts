/**
 * Collects one-off payments, over any transport: verify, claim, broadcast, verify on chain, mark paid, in that order.
 * The claim is what makes a payment count once, so it is durable before anything is sent. A payment whose outcome is
 * unknown stays claimed, and the same credential resumes it.
 */
import type { Receipt } from '../../../chain/client.ts'
import { send } from '../../../chain/outcome.ts'
import { RpcError, serverError } from '../../../chain/rpc.ts'
import * as Transaction from '../../../chain/transaction.ts'
import { callTransfer, loggedTransfers } from '../../../chain/transfers.ts'
import { DecodeError } from '../../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../../codec/hex.ts'
import { keccak256 } from '../../../keys/keccak.ts'
import type { Challenge } from '../../wire/challenge.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import type * as Proof from '../../wire/proof.ts'
import * as Source from '../../wire/source.ts'
import * as TempoCharge from '../../wire/tempo-charge.ts'
import { type Declined, isRefusal } from '../actions/action.ts'
import type { Payee } from '../payee.ts'
import { check } from '../rules/rule.ts'
import { sponsored } from '../sponsor/sponsor.ts'
import { claim, isUnclaimed, markPaid, type PaidBy, release, untilOf } from './uses.ts'

/** A charge credential whose challenge was issued here, for this resource. */
export interface ChargeInput {
  challenge: Challenge
  /** What the challenge asks. */
  asked: TempoCharge.Request
  payload: TempoCharge.Payload
  source: string | undefined
  /** Whether policy lets this payer have the resource; default everyone. Asked before a payment is taken. */
  allows?: (payer: Address) => boolean
}

/** What was paid. */
export interface Collected {
  challenge: Challenge
  payer: Address
  by: PaidBy
  /** Wall clock in milliseconds. */
  at: number
}

/**
 * Collects. Throws `RpcError` or `RpcUnreachable` when the chain gives no answer: then the outcome is not known. Throws
 * `TooManyProofs` for a new proof when no more are remembered.
 */
export type Collect = (input: ChargeInput) => Promise<Outcome>

/**
 * A payment that was taken, a refusal, or a valid payment that was not taken because policy does not allow its payer.
 */
export type Outcome = Collected | Refusal | Declined

/** Expired records are deleted after this many payments: a balance between memory and work. */
const forgetEvery = 256

/** Builds it. Payments for one challenge take turns, so that what one of them releases is not another's. */
export function collector(payee: Payee): Collect {
  const turns = new Map<string, Promise<unknown>>()
  let collected = 0
  return async (input) => {
    const { id } = input.challenge
    const before = turns.get(id) ?? Promise.resolve()
    // A failure of the previous turn is reported to its own caller only.
    const turn = before.catch(() => undefined).then(() => collect(payee, input))
    turns.set(id, turn)
    try {
      return await turn
    } finally {
      if (turns.get(id) === turn) turns.delete(id)
      if (++collected % forgetEvery === 0) await payee.store.charges.forget(payee.clock())
    }
  }
}

const forbidden: Declined = { declined: 'forbidden' }

function collect(payee: Payee, input: ChargeInput): Promise<Outcome> {
  const { payload } = input
  if (payload.type === 'transaction') return pull(payee, input, payload.signature)
  return payload.type === 'hash' ? push(payee, input, payload.hash) : prove(payee, input, payload)
}

async function pull(payee: Payee, input: ChargeInput, raw: Hex): Promise<Outcome> {
  const { asked } = input
  const transaction = decode(raw, payee)
  if (isRefusal(transaction)) return transaction
  const transfers = transaction.calls.flatMap((call) => callTransfer(asked.currency, call) ?? [])
  const chainId = await payee.chain.chainId()
  const refusal = check(payee.rules.transfer, { asked, transaction, transfers, chainId })
  if (refusal !== undefined) return refusal
  if (input.allows?.(transaction.sender) === false) return forbidden

  return transaction.feePayer === 'awaited'
    ? sponsored(payee, { raw, transaction }, (bytes, mined) =>
        claimAndSend(payee, input, transaction, bytes, mined),
      )
    : claimAndSend(payee, input, transaction, raw)
}

/** Claims the challenge for a transaction, broadcasts it and looks at what came of it. */
async function claimAndSend(
  payee: Payee,
  input: ChargeInput,
  transaction: Transaction.Transaction,
  sent: Hex,
  mined: (receipt: Receipt) => void = () => undefined,
): Promise<Collected | Refusal> {
  const { challenge } = input
  const by = { transaction: keccak256(sent) }
  const replayed = await sentBefore(payee, challenge, by)
  const refused = check(payee.rules.handedOver, { replayed }) ?? (await claim(payee, challenge, by))
  if (refused !== undefined) return refused
  const outcome = await send(payee.chain, sent)
  // It may have been taken: the claim stays, and the same credential asks again.
  if (outcome === 'unknown') throw new RpcError(serverError, `no outcome of ${by.transaction} yet`)
  if ('receipt' in outcome) mined(outcome.receipt)
  const unpaid =
    'refused' in outcome
      ? refuse('verification-failed', `the chain refused the transaction: ${outcome.refused}`)
      : checkReceipt(payee, input, outcome.receipt, false)
  if (unpaid === undefined) return paid(payee, challenge, by, transaction.sender)
  await release(payee, challenge, by)
  return unpaid
}

async function push(payee: Payee, input: ChargeInput, hash: Bytes32): Promise<Outcome> {
  const { challenge, asked } = input
  const receipt = await payee.chain.findReceipt(hash)
  if (receipt === undefined) return refuse('verification-failed', 'the transaction is not on chain')
  const by = { transaction: hash }
  const wrong = checkReceipt(payee, input, receipt, true)
  if (wrong !== undefined) return wrong
  // There is one: the rules have seen it.
  const own = loggedTransfers(asked.currency, receipt.logs).find(({ to }) => to === asked.recipient)
  const payer = own?.from ?? asked.recipient
  if (input.allows?.(payer) === false) return forbidden
  const used = await claim(payee, challenge, by)
  if (used !== undefined) return used
  return paid(payee, challenge, by, payer)
}

async function prove(payee: Payee, input: ChargeInput, proof: Proof.Proof): Promise<Outcome> {
  const { challenge, asked, source } = input
  const chainId = asked.methodDetails?.chainId ?? TempoCharge.defaultChainId
  const { signature } = proof
  const { recoverKey } = payee
  const wrong = check(payee.rules.proof, {
    asked,
    challengeId: challenge.id,
    source,
    signature,
    chainId,
    recoverKey,
  })
  if (wrong !== undefined) return wrong
  const payer = Source.decode(source ?? '').address
  if (input.allows?.(payer) === false) return forbidden
  const isNew = await isUnclaimed(payee, challenge)
  if (isNew) payee.proofs.checkRoom()
  const used = await claim(payee, challenge, 'proof')
  if (used !== undefined) return used
  if (isNew) payee.proofs.add(untilOf(challenge))
  return paid(payee, challenge, 'proof', payer)
}

/**
 * Whether a transaction was on chain before it was claimed here. Then it paid for something else: at another payee with
 * this account, or for a challenge whose record has expired.
 */
async function sentBefore(
  payee: Payee,
  challenge: Challenge,
  by: { transaction: Bytes32 },
): Promise<boolean> {
  // What was claimed before is taken up again, or refused as used.
  if (!(await isUnclaimed(payee, challenge))) return false
  return (await payee.chain.findReceipt(by.transaction)) !== undefined
}

function checkReceipt(
  payee: Payee,
  { asked }: ChargeInput,
  receipt: Receipt,
  pushed: boolean,
): Refusal | undefined {
  const transfers = loggedTransfers(asked.currency, receipt.logs)
  return check(payee.rules.transferred, { asked, pushed, receipt, transfers })
}

async function paid(
  payee: Payee,
  challenge: Challenge,
  by: PaidBy,
  payer: Address,
): Promise<Collected | Refusal> {
  return (await markPaid(payee, challenge, by)) ?? { challenge, payer, by, at: payee.clock() }
}

function decode(raw: Hex, payee: Payee): Transaction.Transaction | Refusal {
  try {
    return Transaction.decode(raw, payee.recoverKey)
  } catch (error) {
    if (error instanceof DecodeError) return refuse('verification-failed', `transaction: ${error.message}`)
    throw error
  }
}
