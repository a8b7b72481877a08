/** What a resource costs, and the challenges that say so. */
import * as Digest from '../../codec/digest.ts'
import type { Address } from '../../codec/hex.ts'
import * as Timestamp from '../../codec/timestamp.ts'
import * as Uint from '../../codec/uint.ts'
import type { Place } from '../../contracts/channel-id.ts'
import type { SessionProtocol } from '../../contracts/voucher.ts'
import * as Binding from '../wire/binding.ts'
import type { Challenge } from '../wire/challenge.ts'
import * as Challenges from '../wire/challenge.ts'
import * as SessionRequest from '../wire/session-request.ts'
import { type Payee, placeOf } from './payee.ts'
import { suggestionOf } from './reuse.ts'
import type { ChannelRecord } from './store/record.ts'

/** What is sold from a channel: the price of a unit in tokens, and what a unit is. */
export interface Offer {
  /** Price of one unit in tokens: "0.001". */
  amount: string
  /** Where its channels live: in the reserve (`v2`, the default) or in an escrow contract (`v1`). */
  sessionProtocol?: SessionProtocol
  /** What one unit is: "word", "llm_token". */
  unitType?: string
  /** The deposit suggested to clients, in tokens; a suggestion only. */
  suggestedDeposit?: string
  /** Least increase from one voucher to the next, in tokens; default none. */
  minVoucherDelta?: string
  /** For people; never verified. */
  description?: string
  /** Whether the server pays the fees of opens and top-ups; default false. */
  feePayer?: boolean
  /** Values that the challenge carries and the client echoes; a change to them is detected. */
  opaque?: Readonly<Record<string, string>>
  /** Seconds a challenge of this resource can be answered; default the payee's. */
  challengeTtlSeconds?: number
  /** How long a paused stream of this resource waits for a voucher, in milliseconds; default the payee's. */
  needVoucherTimeoutMs?: number
  /**
   * Units of a stream that one write to a durable store may charge before they are delivered; default 1. With more, a
   * stream that is paid ahead waits for the disk once in so many units, and a crash may charge its payer up to so many
   * that were not delivered. When the stream ends, or its client leaves, they are given back.
   */
  chargeAhead?: number
  /**
   * Whether payers are told which of their channels they can reuse: after a proof of their address, which is asked for
   * on HEAD, and when a voucher of theirs does not pay for the request. Default false.
   */
  resumable?: boolean
  /** Whether policy lets this payer have the resource, even when it pays; default everyone. */
  allows?: (payer: Address) => boolean
  /**
   * Whether credentials are taken from `Payment-Authorization`, so that `Authorization` stays free for a login. Default
   * false.
   */
  requiresAuth?: boolean
}

/**
 * The terms of an offer as its challenge states them; amounts in base units. Throws `DecodeError` for an invalid
 * amount.
 */
export const termsOf = async (offer: Offer, payee: Payee): Promise<SessionRequest.SessionRequest> =>
  termsAt(offer, payee, await placeOf(payee, offer.sessionProtocol ?? 'v2'))

/** The terms of an offer whose channels live at a place. */
function termsAt(
  { amount, sessionProtocol = 'v2', unitType, suggestedDeposit, minVoucherDelta, feePayer }: Offer,
  payee: Payee,
  { escrow, chainId }: Place,
): SessionRequest.SessionRequest {
  return {
    amount: Uint.fromDecimal(amount),
    currency: payee.currency,
    recipient: payee.address,
    ...(unitType === undefined ? {} : { unitType }),
    ...(suggestedDeposit === undefined ? {} : { suggestedDeposit: Uint.fromDecimal(suggestedDeposit) }),
    methodDetails: {
      escrowContract: escrow,
      chainId,
      sessionProtocol,
      ...(minVoucherDelta === undefined ? {} : { minVoucherDelta: Uint.fromDecimal(minVoucherDelta) }),
      ...(feePayer ? { feePayer } : {}),
    },
  }
}

/**
 * A fresh challenge for an offer; bound to the body of the request, if it had one (CORE-CHAL-016). Where `known` is
 * the asking payer's own channel, it may suggest it: then there is nothing to deposit first.
 */
export async function issue(
  offer: Offer,
  payee: Payee,
  body: Uint8Array,
  known?: ChannelRecord,
): Promise<Challenge> {
  const { suggestedDeposit, ...terms } = await termsOf(offer, payee)
  const suggestion = known === undefined || !offer.resumable ? undefined : suggestionOf(payee, known, terms)
  const request: SessionRequest.SessionRequest =
    suggestion === undefined
      ? { ...terms, ...(suggestedDeposit === undefined ? {} : { suggestedDeposit }) }
      : { ...terms, methodDetails: { ...terms.methodDetails, ...suggestion } }
  return challengeOf(offer, payee, request, body)
}

/** A challenge as it would be issued on some chain: whether an offer can be made is seen by making it. */
export function exampleOf(offer: Offer, payee: Payee): Challenge {
  const { address: escrow } = payee.contracts[offer.sessionProtocol ?? 'v2']
  const challenge = challengeOf(offer, payee, termsAt(offer, payee, { escrow, chainId: 1 }), exampleBody)
  SessionRequest.decode(challenge.request)
  return challenge
}

const exampleBody = new Uint8Array(1)

function challengeOf(
  { description, challengeTtlSeconds, requiresAuth, opaque }: Offer,
  payee: Payee,
  request: SessionRequest.SessionRequest,
  body: Uint8Array,
): Challenge {
  return Binding.issue(
    {
      realm: payee.realm,
      method: 'tempo',
      intent: 'session',
      request: SessionRequest.encode(request),
      expires: Timestamp.encode(payee.clock() + (challengeTtlSeconds ?? payee.challengeTtlSeconds) * 1000),
      ...(body.length === 0 ? {} : { digest: Digest.encode(body) }),
      ...(requiresAuth ? { header: 'Payment-Authorization' } : {}),
      ...(opaque === undefined ? {} : { opaque: Challenges.encodeObject(opaque) }),
      ...(description === undefined ? {} : { description }),
    },
    payee.secrets[0],
  )
}
