/** Sends a payer's transaction, sponsored or as it is, and finds the receipt even if somebody sent it before us. */
import type { Receipt } from '../../chain/client.ts'
import { RpcError } from '../../chain/rpc.ts'
import * as Transaction from '../../chain/transaction.ts'
import * as Reserve from '../../channel/reserve.ts'
import { decodeCall } from '../../channel/reserve-abi.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import type { Hex } from '../../codec/hex.ts'
import { keccak256 } from '../../codec/keccak.ts'
import { type Refusal, refuse } from '../../mpp/problem.ts'
import type { Payee } from '../payee.ts'

/** A payer's transaction, decoded, and the one reserve call it makes, if it makes exactly one. */
export interface Decoded {
  transaction: Transaction.Transaction
  call: Reserve.Call | undefined
}

/** Decodes a payload's transaction. */
export function decodeTransaction(payee: Payee, raw: Hex): Decoded | Refusal {
  try {
    const transaction = Transaction.decode(raw, payee.recoverKey)
    const [only] = transaction.calls
    const call = only?.to === Reserve.address && only.value === 0n ? decodeCall(only.data) : undefined
    return { transaction, call }
  } catch (error) {
    if (error instanceof DecodeError) return refuse('verification-failed', `transaction: ${error.message}`)
    throw error
  }
}

/** Broadcasts and waits. A node's refusal is the payer's problem; an unreachable node is ours and throws. */
export async function broadcast(payee: Payee, raw: Hex, sponsoring: boolean): Promise<Receipt | Refusal> {
  const bytes = sponsoring ? await Transaction.sponsor(raw, payee.currency, payee.account) : raw
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
