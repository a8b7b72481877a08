/** `voucher`: moves the accepted amount forward (tempo session draft, "Voucher Verification"). */

import { turnOver } from '../../../http/turn.ts'
import * as Signature from '../../../keys/signature.ts'
import * as Accounting from '../../ledger.ts'
import type { Open, VoucherPayload } from '../../wire/payload.ts'
import type { Refusal } from '../../wire/problem.ts'
import type { Payee } from '../payee.ts'
import { retain, type SignedAmount } from '../retained.ts'
import type { ChannelRecord } from '../store/record.ts'
import { type ActionInput, type ActionResult, checkSignature, isRefusal, knownChannel } from './action.ts'
import { refresh } from './refresh.ts'

/** Accepts a voucher. A repeated open is one too: it carries a voucher for a channel that is already known. */
export async function acceptVoucher(input: ActionInput<VoucherPayload | Open>): Promise<ActionResult> {
  const { payee, payload, challenge, terms } = input
  const known = await knownChannel(input)
  if (isRefusal(known)) return known
  const isFresh = payee.readings.isFresh(payload.channelId)
  const reading = isFresh ? undefined : readEarly(payee, known.record, payload.cumulativeAmount)
  // The question leaves before the signature is verified, which takes as long as the answer does.
  if (reading !== undefined) await turnOver()
  const badSignature = await checkSignature(input, known.record.descriptor)
  if (badSignature !== undefined) return badSignature
  const retryAfterSeconds = input.pace?.(known.record, payload.cumulativeAmount) ?? 0
  if (retryAfterSeconds > 0) return { declined: 'too-fast', retryAfterSeconds }

  if (!isFresh) await (reading ?? refresh(payee, known.record))
  input.beforeAccept?.()
  const voucher = {
    cumulativeAmount: payload.cumulativeAmount,
    minDelta: terms.methodDetails.minVoucherDelta ?? 0n,
  }
  let taken = await take()
  if (isFresh && isRefusal(taken)) {
    // The refusal may be out of date: the deposit may have been raised on chain without this server.
    await refresh(payee, known.record)
    taken = await take()
  }
  if (!isRefusal(taken)) payee.earlyReads.accepted(payload.channelId)
  return taken

  function take(): Promise<ActionResult> {
    return payee.store.update<ActionResult>(payload.channelId, (record) => {
      if (record === undefined) return { record, answer: gone }
      const refusal = Accounting.firstRefusal(payee.rules.voucher, record.ledger, voucher)
      if (refusal !== undefined) return { record, answer: refusal }
      const ledger = payee.rules.books.acceptVoucher(record.ledger, voucher)
      if (ledger === record.ledger) return { record, answer: { record } }
      const vouchers = retain(record.vouchers, longForm(payload), ledger)
      const next = { ...record, ledger, vouchers, challengeId: challenge.id, usedAt: payee.clock() }
      return { record: next, answer: { record: next } }
    })
  }
}

/** Asks the node for the channel while the signature is checked, for a voucher that would raise the total. */
const readEarly = (
  payee: Payee,
  record: ChannelRecord,
  cumulativeAmount: bigint,
): Promise<void> | undefined =>
  cumulativeAmount > record.ledger.accepted
    ? payee.earlyReads.begin(record.channelId, () => refresh(payee, record))
    : undefined

/** A voucher as it is kept: the chain takes 65 bytes only, so a compact signature is written out (reading A3). */
export const longForm = ({ cumulativeAmount, signature }: SignedAmount): SignedAmount => ({
  cumulativeAmount,
  signature: Signature.encode(Signature.decode(signature)),
})

const gone: Refusal = { problem: 'session/channel-not-found', detail: 'no such channel here' }
