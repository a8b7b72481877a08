/**
 * A facilitator whose answers fit the payment they are about. A success that names no transaction, another network or
 * another payer shows that the facilitator speaks of something else: nobody knows what became of the payment, which is
 * neither a "yes" nor a "no". Source: x402 specification v2, "SettlementResponse Schema" and "VerifyResponse Schema".
 */
import * as Exact from '../wire/exact.ts'
import type { Facilitator, FacilitatorRequest } from '../wire/facilitator-api.ts'
import { contradiction, isSamePayer } from '../wire/settlement.ts'
import { FacilitatorError } from './facilitator-client.ts'

/** Builds it. Its methods reject with `FacilitatorError` for an answer that contradicts itself, and as `own` does. */
export function consistent(own: Facilitator): Facilitator {
  return {
    async verify(request) {
      const said = await own.verify(request)
      if (said.isValid && !isSamePayer(said.payer, payerOf(request)))
        throw new FacilitatorError(
          'the facilitator finds a payment valid that is not the one it was asked about',
        )
      return said
    },
    async settle(request) {
      const said = await own.settle(request)
      const wrong = contradiction(said, { network: request.requirements.network, payer: payerOf(request) })
      if (wrong !== undefined)
        throw new FacilitatorError(`the facilitator says that it settled, and contradicts itself: ${wrong}`)
      return said
    },
    supported: () => own.supported(),
  }
}

const payerOf = ({ payment }: FacilitatorRequest): string =>
  Exact.fromJson(payment.payload).authorization.from
