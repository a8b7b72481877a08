/** HTTP responses of the Payment scheme: the one place where refusals and receipts become status codes and headers. */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Timestamp from '../../codec/timestamp.ts'
import * as Challenge from '../wire/challenge.ts'
import * as Problem from '../wire/problem.ts'
import * as Receipt from '../wire/receipt.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { ChargedKey } from './charged-key.ts'
import type { Offer } from './offer.ts'
import type { ChannelRecord } from './store/record.ts'

/** A request for content whose payment is in order. */
export interface Paid {
  request: Request
  offer: Offer
  terms: SessionRequest
  record: ChannelRecord
  challengeId: string
  /** Of the challenge. */
  opaque: Readonly<Record<string, string>>
  /** Under what a charge is remembered, so that it is made once. */
  once?: ChargedKey
  refuse(refusal: Problem.Refusal): Promise<Response>
}

/** The answer to a refused or missing payment, with a fresh challenge to try again. */
export function refused(
  refusal: Problem.Refusal,
  challenge: Challenge.Challenge,
  { method }: Request,
): Response {
  const { status } = Problem.table[refusal.problem]
  const headers = new Headers({ 'cache-control': 'no-store', 'content-type': 'application/problem+json' })
  // 400 is for requests that no payment would mend; everything else can be paid (spec/readings.md B1).
  if (status !== 400) headers.set('www-authenticate', Challenge.encode(challenge))
  const body = method === 'HEAD' ? null : Problem.encode(Problem.from(refusal, challenge.id))
  return new Response(body, { status, headers })
}

/** A problem document outside the Payment scheme: it has a status and a title, and no type of the scheme. */
function plainProblem(status: number, title: string, headers: Record<string, string>): Response {
  const body = JSON.stringify({ type: 'about:blank', title, status })
  const common = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(body, { status, headers: { ...common, ...headers } })
}

/** Vouchers come faster than they may. Nothing was looked at, so nothing changed. */
export const tooMany = (retryAfterSeconds: number): Response =>
  plainProblem(429, 'Too Many Requests', { 'retry-after': String(retryAfterSeconds) })

/** The payment is in order and access is refused all the same: no challenge, since paying would not help (CORE-STAT-006). */
export const forbidden = (): Response => plainProblem(403, 'Forbidden', {})

/** The payment was used up: no challenge, since nothing is to be paid again (spec/readings.md R11). */
export function used({ detail }: Problem.Refusal): Response {
  const problem = { ...Problem.from({ problem: 'verification-failed', detail }), status: 403 }
  const headers = { 'content-type': 'application/problem+json', 'cache-control': 'no-store' }
  return new Response(Problem.encode(problem), { status: 403, headers })
}

/** The server is going down, or cannot do its work now: nothing was looked at. */
export const unavailable = (retryAfterSeconds = 1): Response =>
  plainProblem(503, 'Service Unavailable', { 'retry-after': String(retryAfterSeconds) })

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
