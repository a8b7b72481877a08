/** A resource that is paid for at once, over HTTP. */
import { type Refusal, refuse } from '../../mpp/problem.ts'
import * as Receipt from '../../mpp/receipt.ts'
import { isRefusal } from '../actions/action.ts'
import { maxRequestBytes, readBody, withBody } from '../body.ts'
import { findCredential } from '../credential.ts'
import { guarded } from '../guarded.ts'
import type { Payee } from '../payee.ts'
import { forbidden, refused } from '../responses.ts'
import { type ChargeOffer, issueCharge } from './offer.ts'
import { chargeReceipt } from './receipt.ts'
import type { Settle, Settled } from './settle.ts'
import { reopen } from './uses.ts'
import { verifyCharge } from './verify.ts'

/** What an author writes: the answer to one paid request. */
export type Respond = (request: Request) => Response | Promise<Response>

/** Builds the handler. */
export function chargeResource(payee: Payee, settle: Settle, offer: ChargeOffer, respond: Respond) {
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
    const settled = await guarded(() => settle(verified))
    if (isRefusal(settled)) return refuseWith(settled)
    if (offer.allows?.(settled.payer) === false) return forbidden()
    return deliver(payee, offer, settled, () => respond(withBody(request, body)))
  }
}

/** Content for a payment. When there is none to be had, the payment is still good for it. */
async function deliver(
  payee: Payee,
  offer: ChargeOffer,
  settled: Settled,
  respond: () => Response | Promise<Response>,
): Promise<Response> {
  let response: Response | undefined
  try {
    response = await respond()
  } finally {
    if (response === undefined || response.status >= 500) await reopen(payee, settled.challenge, settled.by)
  }
  if (!response.ok) return response
  const headers = new Headers(response.headers)
  headers.set('payment-receipt', Receipt.encodeCore(chargeReceipt(offer, settled)))
  headers.set('cache-control', 'private')
  const { status, statusText } = response
  return new Response(response.body, { status, statusText, headers })
}
