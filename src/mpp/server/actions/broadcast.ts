/**
 * Broadcasts a payer's transaction, with our fee signature if it is sponsored, and finds its outcome even when somebody
 * else broadcast it first.
 */
import type { Receipt } from '../../../chain/client.ts'
import * as Outcome from '../../../chain/outcome.ts'
import * as Transaction from '../../../chain/transaction.ts'
import { DecodeError } from '../../../codec/decode-error.ts'
import type { Hex } from '../../../codec/hex.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import type { Payee } from '../payee.ts'
import { sponsored } from '../sponsor/sponsor.ts'

/**
 * A payload's transaction, and the contract call found in it. `callOf` may throw `DecodeError` for calldata that is
 * broken.
 */
export function decodeTransaction<Call>(
  payee: Payee,
  raw: Hex,
  callOf: (transaction: Transaction.Transaction) => Call | undefined,
): { transaction: Transaction.Transaction; call: Call | undefined } | Refusal {
  try {
    const transaction = Transaction.decode(raw, payee.recoverKey)
    return { transaction, call: callOf(transaction) }
  } catch (error) {
    if (error instanceof DecodeError) return refuse('verification-failed', `transaction: ${error.message}`)
    throw error
  }
}

/** The answer while it is not known whether a transaction will be mined. */
export const outcomeUnknown: Refusal = refuse(
  'verification-failed',
  'it is not known yet whether the transaction was taken; send it again',
)

/**
 * Broadcasts and waits for the receipt. When the node refuses the transaction, the payment is refused. While the
 * outcome is unknown, the payer sends the same credential again: the same bytes count once, and their receipt is found
 * by hash.
 */
async function send(payee: Payee, bytes: Hex): Promise<Receipt | Refusal> {
  const outcome = await Outcome.send(payee.chain, bytes)
  if (outcome === 'unknown') return outcomeUnknown
  return 'receipt' in outcome
    ? outcome.receipt
    : refuse('verification-failed', `the chain refused the transaction: ${outcome.refused}`)
}

/** Broadcasts a payer's transaction: as it is, or with our signature for its fee. `deposit` is what an open deposits. */
export function broadcast(
  payee: Payee,
  raw: Hex,
  sponsoring: boolean,
  deposit?: bigint,
): Promise<Receipt | Refusal> {
  if (!sponsoring) return send(payee, raw)
  const transaction = Transaction.decode(raw, payee.recoverKey)
  const asked = { raw, transaction, ...(deposit === undefined ? {} : { deposit }) }
  return sponsored(payee, asked, async (bytes, mined) => {
    const receipt = await send(payee, bytes)
    if (!('problem' in receipt)) mined(receipt)
    return receipt
  })
}
