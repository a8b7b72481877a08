/**
 * The reference in the default flow of v2, which settles after the content was made: it makes the content, settles, and
 * only then lets it go. What fails is not settled, nor what nobody waits for any more.
 */
import type { JsonObject } from '../../../../src/codec/json.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { memoryClaims } from '../../../../src/x402/server/claims.ts'
import type { Facilitator } from '../../../../src/x402/wire/facilitator-api.ts'
import { paymentField, settlementField, versions } from '../../../../src/x402/wire/fields.ts'
import * as Payment from '../../../../src/x402/wire/payment.ts'
import * as Settlement from '../../../../src/x402/wire/settlement.ts'
import type { Alteration } from './alteration.ts'
import { rewriting402 } from './wire.ts'

/** What is settled of what was made. */
export type Settles = (made: Response, request: Request) => boolean

type Due = Map<string, () => Promise<Settlement.Settlement>>

const ifItIsWanted: Settles = ({ ok }, { signal }) => ok && !signal.aborted

/** Builds it; `settles` says what is settled. */
export function heldBack(settles: Settles = ifItIsWanted): Alteration {
  /** What is to be settled, by payment: of the process that was started last. */
  let latest: Due = new Map()
  const facilitator = (own: Facilitator): Facilitator => {
    const due: Due = new Map()
    latest = due
    return {
      ...own,
      async settle(request) {
        const { payment, requirements } = request
        due.set(Payment.encode(payment), () => own.settle(request))
        return { success: true, transaction: `0x${'00'.repeat(32)}`, network: requirements.network }
      },
    }
  }
  const http = (handler: Handler): Handler => {
    const due = latest
    return rewriting402(withoutFlow)(async (request) => {
      const version = versions.find((each) => request.headers.has(paymentField[each]))
      const response = await handler(request)
      const field = version === undefined ? null : request.headers.get(paymentField[version])
      const settle = due.get(field ?? '')
      if (version === undefined || settle === undefined) return response
      const body = await response.text().catch(() => '')
      const headers = new Headers(response.headers)
      headers.delete(settlementField[version])
      if (!settles(response, request)) return new Response(body, { status: response.status, headers })
      const settlement = await settle()
      if (!settlement.success)
        return new Response(JSON.stringify({ x402Version: 1, error: settlement.errorReason, accepts: [] }), {
          status: 402,
        })
      headers.set(settlementField[version], Settlement.encode(settlement))
      return new Response(body, { status: response.status, headers })
    })
  }
  // What it believes to be settled is not yet: on disk it would mislead the next process.
  return { facilitator, http, claims: () => memoryClaims() }
}

function withoutFlow({ accepts }: JsonObject): void {
  for (const entry of accepts as { extra: JsonObject }[]) delete entry.extra['paymentFlow']
}
