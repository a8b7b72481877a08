/**
 * Sends a transaction of the payee's own: a settlement or a close. The payee pays its fee, whatever `feePayer` says
 * (SESS-FEE-008).
 */
import { isNodeError, type Outcome, send } from '../../../chain/outcome.ts'
import type { Bytes32, Hex } from '../../../codec/hex.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import type { Payee } from '../payee.ts'
import type { SignedAmount } from '../retained.ts'
import type { ChannelRecord } from '../store/record.ts'

/** What a payee sends: a settlement, or a close. `captureAmount` is for a contract that takes one. */
export type PayeeCall = { type: 'settle' } | { type: 'close'; captureAmount: bigint }

/** Longest time after signing that a transaction can still be mined: its validity and a margin. */
export const closingWindowMs = 40_000

/** Mined and successful; refused or reverted; or sent with an outcome that is not known. */
export type Submission = { transaction: Bytes32 } | Refusal | 'pending'

/**
 * Shows the channel's contract a voucher and waits for the receipt. `beforeSending` gets the signed bytes: what it
 * writes down is durable before anything is sent.
 */
export async function submit(
  payee: Payee,
  channel: ChannelRecord,
  voucher: SignedAmount,
  call: PayeeCall,
  beforeSending: (raw: Hex) => Promise<void> = async () => undefined,
): Promise<Submission> {
  const { chain, account, currency: feeToken } = payee
  let raw: Hex
  try {
    const { cumulativeAmount, signature } = voucher
    const shown = { ...call, channel, cumulativeAmount, signature }
    ;({ raw } = await payee.contracts[channel.protocol].sign(account, shown, { feeToken }))
  } catch (error) {
    if (!isNodeError(error)) throw error
    return refuse('verification-failed', `the chain refused: ${error.message}`)
  }
  await beforeSending(raw)
  return cameOf(call.type, await send(chain, raw))
}

/** The result of one of the payee's own transactions. */
export function cameOf(call: PayeeCall['type'], outcome: Outcome): Submission {
  if (outcome === 'unknown') return 'pending'
  if ('refused' in outcome) return refuse('verification-failed', `the chain refused: ${outcome.refused}`)
  const { success, hash } = outcome.receipt
  return success ? { transaction: hash } : refuse('verification-failed', `the ${call} transaction reverted`)
}
