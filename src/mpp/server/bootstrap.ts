/**
 * Bootstrap: a payer that lost track of its channel proves its address by a zero-amount charge, on HEAD, and is told
 * which channel it can reuse. The proof pays for nothing. Source: tempo session draft, "Bootstrap Preflight".
 */
import type { Challenge } from '../wire/challenge.ts'
import { type Refusal, refuse } from '../wire/problem.ts'
import * as Receipt from '../wire/receipt.ts'
import * as SessionField from '../wire/session-field.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import * as Snapshot from '../wire/snapshot.ts'
import { isDeclined, isRefusal } from './actions/action.ts'
import type { Collect } from './charge/collect.ts'
import { type ChargeOffer, issueCharge } from './charge/offer.ts'
import { chargeReceipt } from './charge/receipt.ts'
import { verifyCharge } from './charge/verify.ts'
import type { Found } from './credential.ts'
import { guarded } from './guarded.ts'
import type { Offer } from './offer.ts'
import type { Payee } from './payee.ts'
import { reusableChannel, snapshotOf } from './reuse.ts'
import { check } from './rules/rule.ts'

/** The charge a payer is asked for: amount 0, so that the answer is a proof of its address. */
const identity: ChargeOffer = { amount: '0' }

/** Whether an offer has a bootstrap: one that tells of its channels, and of v2 channels, which alone have snapshots. */
export const bootstraps = ({ resumable, sessionProtocol }: Offer): boolean =>
  resumable === true && sessionProtocol !== 'v1'

/** The challenge beside the session's own on HEAD (SESS-BOOT-001). */
export const identityChallenge = (payee: Payee, offer: Offer): Promise<Challenge> =>
  issueCharge(
    offer.challengeTtlSeconds === undefined
      ? identity
      : { ...identity, challengeTtlSeconds: offer.challengeTtlSeconds },
    payee,
    {},
  )

/** Whether a credential answers such a challenge, and not a session's. */
export const isProof = ({ credential: { challenge } }: Found): boolean => challenge.intent === 'charge'

/** The answer to a proof: 204, with what there is to tell. */
export async function answerProof(
  payee: Payee,
  collect: Collect,
  { request, terms, found }: { request: Request; terms: SessionRequest; found: Found },
): Promise<Response | Refusal> {
  const { credential, field } = found
  // Before the proof is used up: it can still be sent rightly.
  const refusal = check(payee.rules.bootstrap, { method: request.method })
  if (refusal !== undefined) return refusal
  const verified = await verifyCharge(payee, identity, credential, { field })
  if (isRefusal(verified)) return verified
  const collected = await guarded(() => collect(verified))
  if (isRefusal(collected)) return collected
  // Policy is not applied here: every payer may learn of its own channel.
  if (isDeclined(collected)) return refuse('verification-failed', 'the proof is not taken')
  const headers = new Headers({
    'payment-receipt': Receipt.encodeCore(chargeReceipt(identity, collected)),
    'cache-control': 'private',
  })
  const record = await guarded(() => reusableChannel(payee, collected.payer, terms))
  if (record !== undefined && isRefusal(record)) return record
  if (record !== undefined) {
    headers.set('payment-session', SessionField.encode(record.channelId))
    headers.set('payment-session-snapshot', Snapshot.encode(snapshotOf(payee, record, terms)))
  }
  return new Response(null, { status: 204, headers })
}
