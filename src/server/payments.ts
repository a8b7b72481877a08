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

import { RpcUnreachable } from '../chain/http-rpc.ts'
import { RpcError } from '../chain/rpc.ts'
import type { Bytes32 } from '../codec/hex.ts'
import type { Payload } from '../mpp/payload.ts'
import { type Refusal, refuse } from '../mpp/problem.ts'
import type { SessionRequest } from '../mpp/session-request.ts'
import { type ActionInput, type ActionResult, isRefusal } from './actions/action.ts'
import { close } from './actions/close.ts'
import { opener } from './actions/open.ts'
import { topUp } from './actions/top-up.ts'
import { acceptVoucher } from './actions/voucher.ts'
import { readCredential } from './credential.ts'
import { chargeNow } from './meter.ts'
import { issue, type Offer, termsOf } from './offer.ts'
import { type PayeeOptions, resolvePayee } from './payee.ts'
import { managed, receiptFor, receiptHeaders, refused } from './responses.ts'
import type { ChannelRecord } from './store/store.ts'
import { activeStreams, type PaidStream, type StreamValue, streamBody } from './stream.ts'

export type Handler = (request: Request) => Promise<Response>

/** What a resource does with a request that is paid for. */
type Deliver = (paid: Paid) => Promise<Response>

interface Paid {
  request: Request
  terms: SessionRequest
  record: ChannelRecord
  challengeId: string
  refuse(refusal: Refusal): Promise<Response>
}

/** What an author writes: an async generator over a request. */
export type Source = (request: Request, stream: PaidStream) => AsyncIterable<StreamValue>

export interface Payments {
  /** Each yield is one SSE event and one charged unit. */
  stream(offer: Offer, source: (request: Request, stream: PaidStream) => AsyncIterable<StreamValue>): Handler
  /** Units are charged by hand with `stream.charge()`; yields are free. */
  metered(offer: Offer, source: (request: Request, stream: PaidStream) => AsyncIterable<StreamValue>): Handler
  /** One unit for the whole response. */
  fixed(offer: Offer, respond: (request: Request) => Response | Promise<Response>): Handler
}

/** Largest request body that is read, in bytes. */
export const maxRequestBytes = 1_048_576

/** Builds a payee. Throws `TypeError` for a secret that is too short. */
export function payments(options: PayeeOptions): Payments {
  const payee = resolvePayee(options)
  const streams = activeStreams()
  const actions = { open: opener(), topUp, voucher: acceptVoucher, close }
  const act = (input: ActionInput): Promise<ActionResult> => actions[input.payload.action](input as never)

  const resource = (
    offer: Offer,
    deliver: Deliver,
    beforeContent: (channelId: Bytes32) => void = () => undefined,
  ): Handler =>
    async function handle(request) {
      const body = await readBody(request)
      const challenge = () => issue(offer, payee, body ?? new Uint8Array())
      const answer = async (refusal: Refusal) => refused(refusal, await challenge(), request.method)
      if (body === undefined)
        return answer(refuse('bad-request', `a body has at most ${maxRequestBytes} bytes`))
      const terms = await termsOf(offer, payee)
      const verified = readCredential(request, body, terms, payee)
      if (verified === undefined) return answer(refuse('payment-required', 'this resource is paid for'))
      if ('problem' in verified) return answer(verified)
      const management = isManagement(request, body, verified.payload)
      const beforeAccept = () => {
        if (!management) beforeContent(verified.payload.channelId)
      }
      const result = await guarded(() => act({ payee, terms, ...verified, beforeAccept }))
      if (isRefusal(result)) return answer(result)
      const { record, transaction } = result
      const challengeId = verified.challenge.id
      if (management)
        return managed(
          receiptFor(record, challengeId, payee.clock(), transaction === undefined ? {} : { transaction }),
        )
      return deliver({ request: withBody(request, body), terms, record, challengeId, refuse: answer })
    }

  const deliverStream =
    (source: Source): Deliver =>
    async ({ request, terms, record, challengeId }) => {
      const { channelId } = record
      const { signal, end } = streams.begin(channelId)
      const body = streamBody({
        meter: { payee, channelId, terms },
        signal: AbortSignal.any([signal, request.signal]),
        source: (stream) => source(request, stream),
        finalReceipt: async (units) =>
          receiptFor((await payee.store.get(channelId)) ?? record, challengeId, payee.clock(), { units }),
        onEnd: end,
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
  const streaming = (offer: Offer, source: Source) =>
    resource(offer, deliverStream(source), streams.supersede)

  return {
    metered: streaming,
    stream: (offer, source) =>
      streaming(offer, (request, stream) => perYield(source(request, stream), stream)),
    fixed: (offer, respond) =>
      resource(offer, async ({ request, terms, record, challengeId, refuse }) => {
        const { channelId } = record
        const charged = await chargeNow(payee, channelId, { cost: terms.amount, units: 1 })
        if (isRefusal(charged)) return refuse(charged)
        const response = await respond(request)
        const headers = new Headers(response.headers)
        const receipt = receiptFor(charged.record, challengeId, payee.clock(), { units: 1 })
        for (const [name, value] of Object.entries(receiptHeaders(receipt))) headers.set(name, value)
        const { status, statusText } = response
        return new Response(response.body, { status, statusText, headers })
      }),
  }
}

/** One charge before each value goes out. */
async function* perYield(
  source: AsyncIterable<StreamValue>,
  stream: PaidStream,
): AsyncGenerator<StreamValue> {
  for await (const value of source) {
    await stream.charge()
    yield value
  }
}

/** Whether a request only changes the channel (spec/readings.md D7, D8). */
function isManagement({ method }: Request, body: Uint8Array, payload: Payload): boolean {
  if (payload.action === 'topUp' || payload.action === 'close') return true
  return method === 'HEAD' || (method !== 'GET' && body.length === 0)
}

/** A node that cannot be reached leaves a payment unverified; nothing was taken, so the client may try again. */
async function guarded(action: () => Promise<ActionResult>): Promise<ActionResult> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof RpcUnreachable || error instanceof RpcError)
      return refuse('verification-failed', 'the chain cannot be reached at the moment; try again')
    throw error
  }
}

/** The body, or undefined when it is too large. */
async function readBody(request: Request): Promise<Uint8Array | undefined> {
  if (request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxRequestBytes) return undefined
    chunks.push(chunk)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/** The request with the body that was read off it. */
function withBody(request: Request, body: Uint8Array): Request {
  if (body.length === 0) return request
  const { method, headers, signal } = request
  return new Request(request.url, { method, headers, signal, body: body as Uint8Array<ArrayBuffer> })
}
