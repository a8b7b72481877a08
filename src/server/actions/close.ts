/** `close`: settles what was consumed and refunds the rest (tempo session draft, "Cooperative Close"). */

import { RpcUnreachable } from '../../chain/http-rpc.ts'
import { RpcError } from '../../chain/rpc.ts'
import type { CloseCall } from '../../channel/reserve.ts'
import type { Bytes32 } from '../../codec/hex.ts'
import * as Accounting from '../../mpp/accounting.ts'
import type { Close } from '../../mpp/payload.ts'
import { type Refusal, refuse } from '../../mpp/problem.ts'
import * as Signature from '../../mpp/signature.ts'
import type { Payee } from '../payee.ts'
import type { ChannelRecord } from '../store/store.ts'
import {
  type ActionInput,
  type ActionResult,
  checkSignature,
  describedChannel,
  isRefusal,
  knownChannel,
} from './action.ts'
import { refresh } from './voucher.ts'

/** Closes a channel at the payer's request. */
export async function close(input: ActionInput<Close>): Promise<ActionResult> {
  const { payee, payload } = input
  const described = await describedChannel(input)
  if (isRefusal(described)) return described
  const known = await knownChannel(input)
  if (isRefusal(known)) return known
  const badSignature = await checkSignature(input, known.record.descriptor)
  if (badSignature !== undefined) return badSignature

  await refresh(payee, known.record)
  const begun = await beginClose(payee, payload)
  return isRefusal(begun) ? begun : finishClose(payee, payload, begun.record)
}

/** From here on nothing is charged: what is captured is fixed with the last charge (SESS-CLOSE-012). */
function beginClose(
  payee: Payee,
  { channelId, cumulativeAmount }: Close,
): Promise<{ record: ChannelRecord } | Refusal> {
  return payee.store.update<{ record: ChannelRecord } | Refusal>(channelId, (record) => {
    if (record === undefined)
      return { record, answer: refuse('session/channel-not-found', 'no such channel here') }
    const refusal = Accounting.firstRefusal(payee.rules.close, record.ledger, { cumulativeAmount })
    if (refusal !== undefined) return { record, answer: refusal }
    const next: ChannelRecord = { ...record, ledger: { ...record.ledger, phase: 'closing' } }
    return { record: next, answer: { record: next } }
  })
}

async function finishClose(payee: Payee, payload: Close, record: ChannelRecord): Promise<ActionResult> {
  const { channelId, cumulativeAmount } = payload
  const captureAmount = payee.rules.books.captureAmount(record.ledger, payload)
  const signature = Signature.encode(Signature.decode(payload.signature))
  const call = {
    type: 'close',
    descriptor: record.descriptor,
    cumulativeAmount,
    captureAmount,
    signature,
  } as const
  const outcome = await sendClose(payee, call)
  // A close that did not happen leaves the channel usable (SESS-CLOSE-013).
  const over = typeof outcome === 'string'
  const settled = await setPhase(
    payee,
    channelId,
    { phase: over ? 'closed' : 'open' },
    over ? outcome : undefined,
  )
  return over ? { record: settled, transaction: outcome } : outcome
}

/** Sends the close; answers its hash, or why it did not happen. */
async function sendClose(payee: Payee, call: CloseCall): Promise<Bytes32 | Refusal> {
  try {
    const { success, hash } = await payee.chain.send(payee.account, call, { feeToken: payee.currency })
    return success ? hash : refuse('verification-failed', 'the close transaction reverted')
  } catch (error) {
    if (error instanceof RpcError || error instanceof RpcUnreachable)
      return refuse('verification-failed', `the chain refused the close: ${error.message}`)
    throw error
  }
}

function setPhase(
  payee: Payee,
  channelId: Bytes32,
  ledger: Pick<Accounting.Ledger, 'phase'>,
  closeTransaction?: Bytes32,
): Promise<ChannelRecord> {
  return payee.store.update(channelId, (record) => {
    const next = { ...(record as ChannelRecord) }
    next.ledger = { ...next.ledger, ...ledger }
    if (closeTransaction !== undefined) next.closeTransaction = closeTransaction
    return { record: next, answer: next }
  })
}
