/** HTTP responses of the Payment scheme: the one place where refusals and receipts become status codes and headers. */

import type { Bytes32 } from '../codec/hex.ts'
import * as Timestamp from '../codec/timestamp.ts'
import * as Challenge from '../mpp/challenge.ts'
import * as Problem from '../mpp/problem.ts'
import * as Receipt from '../mpp/receipt.ts'
import type { ChannelRecord } from './store/store.ts'

/** The answer to a refused or missing payment, with a fresh challenge to try again. */
export function refused(refusal: Problem.Refusal, challenge: Challenge.Challenge, method: string): Response {
  const { status } = Problem.table[refusal.problem]
  const headers = new Headers({
    'cache-control': 'no-store',
    'content-type': 'application/problem+json',
  })
  // 400 is for requests that no payment would mend; everything else can be paid (spec/readings.md B1).
  if (status !== 400) headers.set('www-authenticate', Challenge.encode(challenge))
  const body = method === 'HEAD' ? null : Problem.encode(Problem.from(refusal, challenge.id))
  return new Response(body, { status, headers })
}

/** The receipt of a channel as it is now. */
export function receiptFor(
  record: ChannelRecord,
  challengeId: string,
  now: number,
  extra: { units?: number; transaction?: Bytes32 } = {},
): Receipt.Receipt {
  return Receipt.from({
    timestamp: Timestamp.encode(now),
    challengeId,
    channelId: record.channelId,
    acceptedCumulative: record.ledger.accepted,
    spent: record.ledger.spent,
    ...(extra.units === undefined ? {} : { units: extra.units }),
    ...(extra.transaction === undefined ? {} : { txHash: extra.transaction }),
  })
}

/** Headers that go with a receipt (CORE-RCPT-007). */
export const receiptHeaders = (receipt: Receipt.Receipt): Record<string, string> => ({
  'payment-receipt': Receipt.encode(receipt),
  'cache-control': 'private',
})

/** The answer to a voucher, top-up or close: nothing but the receipt. */
export const managed = (receipt: Receipt.Receipt): Response =>
  new Response(null, { status: 200, headers: receiptHeaders(receipt) })
