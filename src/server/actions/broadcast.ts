/** Sends a payer's transaction, sponsored or as it is, and finds the receipt even if somebody sent it before us. */
import type { Receipt } from '../../chain/client.ts'
import { RpcError } from '../../chain/rpc.ts'
import * as Transaction from '../../chain/transaction.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import type { Hex } from '../../codec/hex.ts'
import { keccak256 } from '../../codec/keccak.ts'
import { type Refusal, refuse } from '../../mpp/problem.ts'
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

/** Broadcasts and waits. A node's refusal is the payer's problem; an unreachable node is ours and throws. */
async function send(payee: Payee, bytes: Hex): Promise<Receipt | Refusal> {
  try {
    return await payee.chain.broadcast(bytes)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    // Somebody sent it before: we did, before a crash, or the payer did.
    const known = /already known/i.test(error.message)
      ? await payee.chain.receipt(keccak256(bytes))
      : undefined
    return known ?? refuse('verification-failed', `the chain refused the transaction: ${error.message}`)
  }
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
