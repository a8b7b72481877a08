/**
 * A payee's side of tempo sessions as fetch handlers: `(Request) => Promise<Response>`.
 *
 * ```ts
 * const pay = payments({ account, chain, secretKey, realm: 'localhost' })
 * const poem = pay.stream({ amount: '0.001', unitType: 'word' }, async function* () {
 *   for (const word of words) yield word // one event, one charged unit
 * })
 * ```
 *
 * Vouchers, top-ups and closes come to the same URL, by any method. HEAD and requests without a body other than
 * GET manage the channel; the rest ask for content and pay for it.
 */

import type { Bytes32 } from '../../codec/hex.ts'
import type { Handler } from '../../http/handler.ts'
import * as Receipt from '../wire/receipt.ts'
import { isRefusal } from './actions/action.ts'
import { collector } from './charge/collect.ts'
import { chargeResource } from './charge/handle.ts'
import type { ChargeOffer } from './charge/offer.ts'
import { contentOf, type Respond, withReceipt } from './content.ts'
import { giveBack, hold } from './debit.ts'
import { discoveryDocument, type Service } from './discovery.ts'
import { orUnavailable } from './guarded.ts'
import { type Delivery, resource } from './handle.ts'
import { mcpEndpoint } from './mcp/handle.ts'
import type { McpOffer } from './mcp/tools.ts'
import type { Offer } from './offer.ts'
import { type Payee, type PayeeOptions, resolvePayee } from './payee.ts'
import type { Payment } from './payment.ts'
import { type Paid, receiptFor, receiptHeaders, unavailable } from './responses.ts'
import { activeStreams, type PaidStream, type StreamOptions, type StreamValue, streamBody } from './stream.ts'
import { failedAnswer, UnclaimedChannels } from './unclaimed.ts'
import { upkeep } from './upkeep.ts'

export type { Handler }

/** Produces the values of a stream: an async generator over a request, written by the author of the resource. */
export type Source = (request: Request, stream: PaidStream) => AsyncIterable<StreamValue>

/**
 * A payee. Each method but `tend` and `close` builds the fetch handler of a route, and throws `TypeError` for an offer
 * that cannot be made. The handlers answer 402 with a challenge when payment is missing or refused, and 503 while the
 * chain or the store is unavailable.
 */
export interface Payments {
  /** Each yield is one SSE event and one charged unit. */
  stream(offer: Offer, source: Source): Handler
  /** A stream whose author charges units by `stream.charge()`; yielded values are free. */
  metered(offer: Offer, source: Source): Handler
  /** A whole response that costs one unit of a channel. An error of the author (4xx, 5xx or a throw) costs nothing. */
  fixed(offer: Offer, respond: Respond): Handler
  /**
   * A whole response for one payment without a channel: intent `charge`. With the amount "0" a proof of the payer's
   * address is enough.
   */
  charge(offer: ChargeOffer, respond: Respond): Handler
  /** An MCP server whose tools may cost a charge each, to be served by POST. */
  mcp(offer: McpOffer): Handler
  /** What costs what, to be served at `/openapi.json`. */
  discovery(service: Service): Handler
  /**
   * Looks at every live channel now: answers close requests with closes, settles and closes what is due. Timers do it
   * by themselves; it is for platforms where no process stays between requests.
   */
  tend(): Promise<void>
  /**
   * Stops the payee and closes its store. Running streams end with their receipts; those that do not end within
   * `stopGraceMs` are abandoned. Channels are closed on chain where their vouchers would be lost with the process (the
   * store is not durable) or where the payer has requested the close. Rejects with `UnclaimedChannels` when a channel
   * is still owed money after `claimTimeoutMs`; everything else has ended then too. Called again, it answers the same.
   */
  close(): Promise<void>
}

/**
 * Builds a payee and starts its timers, which do not keep the process alive. Throws `TypeError` for a secret of fewer
 * than 32 bytes, or an invalid realm, currency, escrow, time to live or sponsor limit.
 */
export function payments(options: PayeeOptions): Payments {
  const payee = resolvePayee(options)
  const streams = activeStreams()
  const maintenance = upkeep(payee)
  const collect = collector(payee)
  const requests = new Set<Promise<Response>>()
  let closing = false
  let closed: Promise<void> | undefined

  /** Wraps a handler: it answers 503 once the payee is closing. `close` waits for the responses it has begun. */
  const answering = (handle: Handler): Handler => {
    const available = orUnavailable(handle)
    return (request) => {
      if (closing) return Promise.resolve(unavailable())
      const answered = available(request).catch((error: unknown) => {
        if (!request.signal.aborted) payee.onError(failedAnswer(error))
        throw error
      })
      requests.add(answered)
      const done = () => requests.delete(answered)
      answered.then(done, done)
      return answered
    }
  }
  const open = (offer: Offer, delivery: Delivery): Handler =>
    answering(resource(payee, collect, offer, delivery))

  const deliverStream = (source: Source, charging: StreamOptions['charging']) => async (paid: Paid) => {
    const { request, offer, terms, record, challengeId } = paid
    const { channelId } = record
    const { signal, end } = streams.begin(channelId)
    const { chargeAhead = 1, needVoucherTimeoutMs: waitMs = payee.needVoucherTimeoutMs } = offer
    const body = streamBody({
      meter: { payee, channelId, terms, waitMs, chargeAhead },
      ...(chargeAhead > 1 ? { giveBack: () => giveBack(payee, channelId) } : {}),
      signal: AbortSignal.any([signal, request.signal]),
      source: (stream) => source(request, { ...stream, payment: paymentOf(payee, paid) }),
      receiptsMidStream: payee.receiptsMidStream,
      receiptNow: async (units) =>
        receiptFor((await payee.store.get(channelId)) ?? record, challengeId, payee.clock(), { units }),
      onEnd: end,
      onError: (error) => payee.onError(failedAnswer(error, record)),
      keepAliveMs: payee.keepAliveMs,
      charging,
    })
    const headers = {
      'content-type': 'text/event-stream; charset=utf-8',
      'x-accel-buffering': 'no',
      ...receiptHeaders(receiptFor(record, challengeId, payee.clock(), { units: 0 })),
      'cache-control': 'private, no-cache, no-transform',
    }
    return new Response(body, { headers })
  }

  // An older stream ends before the new credential counts, so it cannot spend what was meant for the new one.
  const streaming = (offer: Offer, source: Source, charging: StreamOptions['charging']) =>
    open(offer, {
      deliver: deliverStream(source, charging),
      repeatable: false,
      beforeContent: (channelId: Bytes32) => streams.supersede(channelId),
    })

  return {
    metered: (offer, source) => streaming(offer, source, 'by-hand'),
    stream: (offer, source) => streaming(offer, source, payee.store.durable ? 'each' : 'each-together'),
    fixed: (offer, respond) =>
      open(offer, {
        repeatable: true,
        deliver: async (paid) => {
          const { request, terms, record, challengeId, refuse, once } = paid
          const { channelId } = record
          const held = await hold(payee, channelId, { cost: terms.amount, units: 1 }, once)
          if (isRefusal(held)) return refuse(held)
          const content = await contentOf(() => respond(request, paymentOf(payee, paid)), {
            async missing() {
              payee.pace.unserved(channelId)
              await held.release()
            },
            broken: (error) => payee.onError(failedAnswer(error, record)),
          })
          if (!content.found) return content.answer
          const charged = await held.commit().catch(async (error: unknown) => {
            await content.answer.body?.cancel()
            throw error
          })
          if (isRefusal(charged)) {
            await content.answer.body?.cancel()
            return refuse(charged)
          }
          return withReceipt(
            content.answer,
            receiptHeaders(receiptFor(charged.record, challengeId, payee.clock(), { units: 1 })),
          )
        },
      }),
    mcp: (offer) => answering(mcpEndpoint(payee, collect, offer)),
    discovery: (service) => orUnavailable(discoveryDocument(payee, service)),
    charge: (offer, respond) => answering(chargeResource(payee, collect, offer, respond)),
    tend: maintenance.tend,
    close() {
      closed ??= close()
      return closed
    },
  }

  async function close(): Promise<void> {
    // Vouchers are taken until every stream has ended; then nothing more is.
    await atMost(streams.end(), payee.stopGraceMs)
    closing = true
    await atMost(Promise.allSettled(requests), payee.stopGraceMs)
    await atMost(streams.end(), payee.stopGraceMs)
    const unclaimed = await maintenance.close()
    await payee.store.close()
    if (unclaimed.length > 0) throw new UnclaimedChannels(unclaimed)
  }
}

/** What an author is told. The receipt is read when it is asked for: in a stream it grows. */
const paymentOf = (payee: Payee, { record, challengeId, opaque }: Paid): Payment => ({
  payer: record.descriptor.payer,
  channelId: record.channelId,
  challengeId,
  opaque,
  receipt: async () =>
    Receipt.encode(
      receiptFor((await payee.store.get(record.channelId)) ?? record, challengeId, payee.clock()),
    ),
})

/**
 * Waits for `work`, but at most `ms` milliseconds: a client that does not read would otherwise delay it without end.
 */
async function atMost(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
