/** `close`: settles what was consumed and refunds the rest (tempo session draft, "Cooperative Close"). */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Accounting from '../../mpp/accounting.ts'
import type { Close } from '../../mpp/payload.ts'
import { type Refusal, refuse } from '../../mpp/problem.ts'
import type { Payee } from '../payee.ts'
import type { SignedAmount } from '../retained.ts'
import type { ChannelRecord } from '../store/record.ts'
import { type ActionInput, type ActionResult, checkSignature, isRefusal, knownChannel } from './action.ts'
import { closingWindowMs, type Submission, submit } from './submit.ts'
import { longForm, refresh } from './voucher.ts'

/** Closes a channel at the payer's request. */
export async function close(input: ActionInput<Close>): Promise<ActionResult> {
  const { payee, payload } = input
  const known = await knownChannel(input)
  if (isRefusal(known)) return known
  const badSignature = await checkSignature(input, known.record.descriptor)
  if (badSignature !== undefined) return badSignature
  await refresh(payee, known.record)
  return closeWith(payee, payload.channelId, longForm(payload))
}

/** Closes a channel with a voucher that covers what is captured. */
export async function closeWith(
  payee: Payee,
  channelId: Bytes32,
  voucher: SignedAmount,
): Promise<{ record: ChannelRecord; transaction: Bytes32 } | Refusal> {
  const begun = await beginClose(payee, channelId, voucher)
  if (isRefusal(begun)) return begun
  const outcome = await submitClose(payee, begun.record, voucher)
  if (outcome === 'pending')
    // It may still be mined, so nothing may be served until it cannot (SESS-CLOSE-012, 013).
    return refuse('verification-failed', 'the close transaction is not confirmed yet; try again')
  if ('problem' in outcome) {
    // A close that did not happen leaves the channel usable (SESS-CLOSE-013).
    await endClose(payee, channelId, { phase: 'open' })
    return outcome
  }
  const record = await endClose(payee, channelId, { phase: 'closed' }, outcome.transaction)
  return { record, transaction: outcome.transaction }
}

/** Captures what was consumed: a v2 close names the amount, a v1 close is paid what its voucher says (reading A5). */
function submitClose(payee: Payee, record: ChannelRecord, voucher: SignedAmount): Promise<Submission> {
  const { books } = payee.rules
  const { ledger, protocol, vouchers } = record
  const captureAmount = books.captureAmount(ledger, voucher)
  const shown = protocol === 'v1' ? books.closingVoucher(vouchers, ledger, voucher) : voucher
  return submit(payee, record, shown ?? voucher, { type: 'close', captureAmount })
}

/** From here on nothing is charged: what is captured is fixed with the last charge (SESS-CLOSE-012). */
function beginClose(
  payee: Payee,
  channelId: Bytes32,
  { cumulativeAmount }: SignedAmount,
): Promise<{ record: ChannelRecord } | Refusal> {
  return payee.store.update<{ record: ChannelRecord } | Refusal>(channelId, (record) => {
    if (record === undefined)
      return { record, answer: refuse('session/channel-not-found', 'no such channel here') }
    const refusal = Accounting.firstRefusal(payee.rules.close, record.ledger, { cumulativeAmount })
    if (refusal !== undefined) return { record, answer: refusal }
    const closingUntil = payee.clock() + closingWindowMs
    const next: ChannelRecord = { ...record, closingUntil, ledger: { ...record.ledger, phase: 'closing' } }
    return { record: next, answer: { record: next } }
  })
}

function endClose(
  payee: Payee,
  channelId: Bytes32,
  ledger: Pick<Accounting.Ledger, 'phase'>,
  closeTransaction?: Bytes32,
): Promise<ChannelRecord> {
  return payee.store.update(channelId, (record) => {
    const { closingUntil: _, ...kept } = record as ChannelRecord
    const next: ChannelRecord = { ...kept, ledger: { ...kept.ledger, ...ledger } }
    if (closeTransaction !== undefined) next.closeTransaction = closeTransaction
    return { record: next, answer: next }
  })
}
