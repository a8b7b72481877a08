/** What the kit's payee sells: a stream of numbered units, and one resource for every other way to buy. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Handler } from '../../../../../src/http/handler.ts'
import type { Offer } from '../../../../../src/mpp/server/offer.ts'
import type { Payments } from '../../../../../src/mpp/server/payments.ts'
import { unitText } from './witness.ts'

/** The usual price of a unit, in tokens. */
export const usualPrice = '0.001'

export interface Wares {
  /** Units of the stream. */
  units: number
  /** Milliseconds between them. */
  pauseMs: number
  offer: Partial<Offer>
}

/** The handler of a shop: `/stream` unit by unit, `/item` a whole answer for one unit, whatever it is asked by. */
export function wares(pay: Payments, { units, pauseMs, offer }: Wares): Handler {
  const terms = { amount: usualPrice, unitType: 'line', ...offer }
  const stream = pay.stream(terms, async function* () {
    for (let at = 1; at <= units; at++) {
      if (pauseMs > 0) await sleep(pauseMs)
      yield unitText(at)
    }
  })
  const item = pay.fixed(terms, async (request) => {
    const body = await request.text()
    return new Response(`${unitText(1)}\n${body}`, { headers: { 'content-type': 'text/plain' } })
  })
  const routes = new Map<string, Handler>([
    ['/stream', stream],
    ['/item', item],
  ])
  return async (request) => {
    const route = routes.get(new URL(request.url).pathname)
    return route === undefined ? new Response('not found\n', { status: 404 }) : route(request)
  }
}
