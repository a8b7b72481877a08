/** What a one-off payment costs, and the challenges that ask for it. */
import * as Digest from '../../../codec/digest.ts'
import type { Address } from '../../../codec/hex.ts'
import * as Hex from '../../../codec/hex.ts'
import * as Timestamp from '../../../codec/timestamp.ts'
import * as Uint from '../../../codec/uint.ts'
import * as Binding from '../../wire/binding.ts'
import * as Challenge from '../../wire/challenge.ts'
import * as TempoCharge from '../../wire/tempo-charge.ts'
import type { Payee } from '../payee.ts'
import { operationMember } from '../rules/charge.ts'

/** What one payment buys, and its price in tokens. */
export interface ChargeOffer {
  /** The price in tokens, such as "0.010". "0" asks for a proof of the payer's address and takes no money. */
  amount: string
  /** For people; never verified. */
  description?: string
  /** The merchant's own reference; it comes back in the receipt. */
  externalId?: string
  /** Pay the fee of the payer's transaction. */
  feePayer?: boolean
  /**
   * How the payment may reach the chain; default `pull`: the server broadcasts. With `push`, where the payer
   * broadcasts, each challenge has a memo of its own, which the transfer must carry so that it pays for one challenge
   * only. A sponsored payment (`feePayer`) is never pushed.
   */
  modes?: readonly [TempoCharge.Mode, ...TempoCharge.Mode[]]
  /** Seconds a challenge can be answered; default the payee's. */
  challengeTtlSeconds?: number
  /** Whether policy lets this payer have the resource, even when it pays; default everyone. */
  allows?: (payer: Address) => boolean
}

/** The terms of an offer, with the memo of one challenge where payers broadcast themselves (spec/readings.md P2). */
export const chargeTerms = async (
  offer: ChargeOffer,
  payee: Payee,
  memo?: Hex.Bytes32,
): Promise<TempoCharge.Request> => termsAt(offer, payee, await payee.chain.chainId(), memo)

function termsAt(
  { amount, externalId, feePayer, modes = ['pull'] }: ChargeOffer,
  payee: Payee,
  chainId: number,
  memo: Hex.Bytes32 | undefined,
): TempoCharge.Request {
  const price = Uint.fromDecimal(amount)
  const partial = modes.length < TempoCharge.modes.length
  return {
    amount: price,
    currency: payee.currency,
    recipient: payee.address,
    ...(externalId === undefined ? {} : { externalId }),
    methodDetails: {
      chainId,
      ...(feePayer ? { feePayer } : {}),
      ...(memo === undefined || price === 0n || !modes.includes('push') ? {} : { memo }),
      ...(partial && price > 0n ? { supportedModes: [...modes] } : {}),
    },
  }
}

/** What a challenge is bound to beside its terms. */
interface About {
  body?: Uint8Array
  operation?: string
}

/** A fresh challenge for an offer; bound to the body of the request if it had one, and to the operation if one is named. */
export const issueCharge = async (
  offer: ChargeOffer,
  payee: Payee,
  about: About,
): Promise<Challenge.Challenge> => challengeAt(offer, payee, await payee.chain.chainId(), about)

/** A challenge as it would be issued on some chain: whether an offer can be made is seen by making it. */
export function chargeExampleOf(offer: ChargeOffer, payee: Payee, operation?: string): Challenge.Challenge {
  const about = { body: new Uint8Array(1), ...(operation === undefined ? {} : { operation }) }
  const challenge = challengeAt(offer, payee, 1, about)
  TempoCharge.decode(challenge.request)
  return challenge
}

function challengeAt(
  offer: ChargeOffer,
  payee: Payee,
  chainId: number,
  { body = new Uint8Array(), operation }: About,
): Challenge.Challenge {
  const { description, challengeTtlSeconds = payee.challengeTtlSeconds } = offer
  const random = Hex.encode(crypto.getRandomValues(new Uint8Array(32))) as Hex.Bytes32
  const terms = termsAt(offer, payee, chainId, random)
  // Without a memo two challenges of one millisecond would be one, and only one of them could be answered.
  const opaque = {
    ...(operation === undefined ? {} : { [operationMember]: operation }),
    ...(terms.methodDetails?.memo === undefined ? { nonce: random.slice(0, 34) } : {}),
  }
  return Binding.issue(
    {
      realm: payee.realm,
      method: 'tempo',
      intent: 'charge',
      request: TempoCharge.encode(terms),
      expires: Timestamp.encode(payee.clock() + challengeTtlSeconds * 1000),
      ...(body.length === 0 ? {} : { digest: Digest.encode(body) }),
      ...(Object.keys(opaque).length === 0 ? {} : { opaque: Challenge.encodeObject(opaque) }),
      ...(description === undefined ? {} : { description }),
    },
    payee.secrets[0],
  )
}
