/** Faults that the stream scenario catches. */

import * as Sse from '../../../../src/codec/sse.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import type { Handler } from '../../../../src/http/handler.ts'
import { doneMark } from '../../../peers/x402/payer/answer.ts'
import { fault, type ServerFault } from './fault.ts'

/** Says that a payment was settled, and settles it when the answer is over. */
function settlesLater(): Pick<ServerFault, 'facilitator' | 'http'> {
  const owed: (() => Promise<unknown>)[] = []
  return {
    facilitator: (own) => ({
      ...own,
      async settle(request) {
        owed.push(() => own.settle(request))
        const { network } = request.requirements
        return { success: true, transaction: `0x${'ab'.repeat(32)}`, network }
      },
    }),
    http: (handler) => async (request) => {
      const response = await handler(request)
      const flush = () => Promise.all(owed.splice(0).map((settle) => settle()))
      if (response.body === null) return response
      const body = response.body.pipeThrough(new TransformStream({ flush: async () => void (await flush()) }))
      return new Response(body, response)
    },
  }
}

/** Rewrites the events of every stream. */
export const rewriting =
  (rewrite: (event: Sse.SseEvent, i: number) => readonly Sse.SseEvent[]) =>
  (handler: Handler): Handler =>
  async (request) => {
    const response = await handler(request)
    if (!/event-stream/.test(response.headers.get('content-type') ?? '') || response.body === null)
      return response
    const events = Sse.reader()
    let count = 0
    const rewritten = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        for (const event of events.push(chunk))
          for (const one of rewrite(event, count++)) controller.enqueue(Utf8.encode(Sse.encode(one)))
      },
    })
    return new Response(response.body.pipeThrough(rewritten), response)
  }

/** Sends a body once it is whole. */
const buffering =
  (handler: Handler): Handler =>
  async (request) => {
    const response = await handler(request)
    return new Response(await response.text(), response)
  }

export const streamFaults = [
  fault({
    name: 'refuses-every-payment',
    breaks: 'X-PAY-001',
    caughtBy: [
      'stream.accepted',
      'stream.event-stream',
      'stream.settled-first',
      'stream.content',
      'stream.done-once',
    ],
    options: { rules: { none: () => 'scheme' } },
  }),
  fault({
    name: 'takes-and-asks-again',
    breaks: 'X-SETL-002',
    caughtBy: [
      'stream.accepted',
      'stream.event-stream',
      'stream.settled-first',
      'stream.content',
      'stream.done-once',
      'audit.paid-is-delivered',
    ],
    facilitator: (own) => ({
      ...own,
      async settle(request) {
        const { network } = await own.settle(request)
        return { success: false, errorReason: 'invalid_transaction_state', transaction: '', network }
      },
    }),
  }),
  fault({
    name: 'never-settles',
    breaks: 'X-SETL-001',
    caughtBy: ['stream.settled-first', 'audit.delivered-is-paid'],
    facilitator: (own) => ({
      ...own,
      async settle({ requirements: { network } }) {
        return { success: true, transaction: `0x${'ab'.repeat(32)}`, network }
      },
    }),
  }),
  fault({
    name: 'streams-before-settling',
    breaks: 'X-SETL-003',
    caughtBy: ['stream.settled-first'],
    made: 'rule',
    ...settlesLater(),
  }),
  fault({
    name: 'buffers-the-stream',
    breaks: 'X-STRM-004',
    caughtBy: ['stream.incremental'],
    http: buffering,
  }),
  fault({
    name: 'streams-as-text',
    breaks: 'X-STRM-001',
    caughtBy: ['stream.event-stream'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (response.status === 200) response.headers.set('content-type', 'text/plain')
      return response
    },
  }),
  fault({
    name: 'loses-a-token',
    breaks: 'X-STRM-002',
    caughtBy: ['stream.content'],
    http: rewriting((event, i) => (i === 2 ? [] : [event])),
  }),
  fault({
    name: 'done-twice',
    breaks: 'X-STRM-003',
    caughtBy: ['stream.done-once'],
    http: rewriting((event) => (event.data === doneMark ? [event, event] : [event])),
  }),
  fault({
    name: 'never-done',
    breaks: 'X-STRM-003',
    caughtBy: ['stream.done-once'],
    http: rewriting((event) => (event.data === doneMark ? [] : [event])),
  }),
]
