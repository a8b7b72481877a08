/**
 * Sends a transaction of the payee's own: a settle or a close. The payee pays its fee, whatever feePayer says
 * (SESS-FEE-008).
 */
import { RpcUnreachable } from '../../chain/http-rpc.ts'
import { RpcError } from '../../chain/rpc.ts'
import type { Bytes32, Hex } from '../../codec/hex.ts'
import { type Refusal, refuse } from '../../mpp/problem.ts'
import type { PayeeCall } from '../contract/contract.ts'
import type { Payee } from '../payee.ts'
import type { SignedAmount } from '../retained.ts'
import type { ChannelRecord } from '../store/record.ts'

/** Longest time after signing that a transaction can still be mined: its validity and a margin. */
export const closingWindowMs = 40_000

/** Mined and successful; refused or reverted; or sent with an outcome that is not known. */
export type Submission = { transaction: Bytes32 } | Refusal | 'pending'

/** Shows the channel's contract a voucher and waits for the receipt. */
export async function submit(
  payee: Payee,
  channel: ChannelRecord,
  voucher: SignedAmount,
  call: PayeeCall,
): Promise<Submission> {
  const { chain, account, currency: feeToken } = payee
  let raw: Hex
  try {
    raw = await payee.contracts[channel.protocol].sign(account, { ...call, channel, voucher, feeToken })
  } catch (error) {
    return refused(error)
  }
  let hash: Bytes32
  try {
    hash = await chain.submit(raw)
  } catch (error) {
    // The connection broke: whether the bytes arrived is not known.
    return error instanceof RpcUnreachable ? 'pending' : refused(error)
  }
  try {
    const { success } = await chain.receipt(hash)
    return success
      ? { transaction: hash }
      : refuse('verification-failed', `the ${call.type} transaction reverted`)
  } catch (error) {
    if (error instanceof RpcError || error instanceof RpcUnreachable) return 'pending'
    throw error
  }
}

function refused(error: unknown): Refusal {
  if (error instanceof RpcError || error instanceof RpcUnreachable)
    return refuse('verification-failed', `the chain refused: ${error.message}`)
  throw error
}
