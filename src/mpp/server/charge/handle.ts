/** A resource that is paid for at once, over HTTP. */

import { maxRequestBytes, readBody, withBody } from '../../../http/body.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import * as Receipt from '../../wire/receipt.ts'
import { isDeclined, isRefusal } from '../actions/action.ts'
import { checkOffer } from '../check-offer.ts'
import { contentOf, type Respond, withReceipt } from '../content.ts'
import { findCredential } from '../credential.ts'
import { guarded } from '../guarded.ts'
import type { Payee } from '../payee.ts'
import { opaqueOf, type Payment } from '../payment.ts'
import { forbidden, refused, used } from '../responses.ts'
import { paidAlready } from '../rules/charge.ts'
import { failedAnswer } from '../unclaimed.ts'
import type { Collect } from './collect.ts'
import { type ChargeOffer, chargeExampleOf, issueCharge } from './offer.ts'
import { chargeReceipt } from './receipt.ts'
import { reopen } from './uses.ts'
import { verifyCharge } from './verify.ts'

/** Builds the handler. Throws `TypeError` for an offer that cannot be made. */
export function chargeResource(payee: Payee, collect: Collect, offer: ChargeOffer, respond: Respond) {
  checkOffer(offer, payee, () => chargeExampleOf(offer, payee))
  return async (request: Request): Promise<Response> => {
    const body = await readBody(request)
    const refuseWith = async (refusal: Refusal) =>
      refused(refusal, await issueCharge(offer, payee, body === undefined ? {} : { body }), request)
    if (body === undefined)
      return refuseWith(refuse('bad-request', `a body has at most ${maxRequestBytes} bytes`))
    const found = findCredential(request)
    if (found === undefined) return refuseWith(refuse('payment-required', 'this resource is paid for'))
    if (isRefusal(found)) return refuseWith(found)
    const { credential, field } = found
    const verified = await verifyCharge(payee, offer, credential, { field, body })
    if (isRefusal(verified)) return refuseWith(verified)
    const collected = await guarded(() =>
      collect(offer.allows === undefined ? verified : { ...verified, allows: offer.allows }),
    )
    if (collected === paidAlready && payee.replayedChargeStatus === 403) return used(collected)
    if (isRefusal(collected)) return refuseWith(collected)
    if (isDeclined(collected)) return forbidden()
    const { challenge, payer } = collected
    const receipt = Receipt.encodeCore(chargeReceipt(offer, collected))
    const payment: Payment = {
      payer,
      challengeId: challenge.id,
      opaque: opaqueOf(challenge),
      receipt: () => Promise.resolve(receipt),
    }
    // When there is no content to be had, the payment is still good for it.
    const content = await contentOf(() => respond(withBody(request, body), payment), {
      missing: () => reopen(payee, collected.challenge, collected.by),
      broken: (error) => payee.onError(failedAnswer(error)),
    })
    if (!content.found) return content.answer
    return withReceipt(content.answer, {
      'payment-receipt': receipt,
      'cache-control': 'private',
    })
  }
}
