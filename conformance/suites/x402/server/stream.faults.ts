/** Faults that the stream scenario catches. */
import { onResponse, withHeaders } from '../../../peers/answers.ts'
import { buffering, rewritingEvents, streaming } from '../../../peers/x402/payee/wire.ts'
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
    http: onResponse(streaming, (response) =>
      withHeaders(response, (headers) => headers.set('content-type', 'text/plain')),
    ),
  }),
  fault({
    name: 'loses-a-token',
    breaks: 'X-STRM-002',
    caughtBy: ['stream.content'],
    http: rewritingEvents((event, i) => (i === 2 ? [] : [event])),
  }),
  fault({
    name: 'done-twice',
    breaks: 'X-STRM-003',
    caughtBy: ['stream.done-once'],
    http: rewritingEvents((event) => (event.data === doneMark ? [event, event] : [event])),
  }),
  fault({
    name: 'never-done',
    breaks: 'X-STRM-003',
    caughtBy: ['stream.done-once'],
    http: rewritingEvents((event) => (event.data === doneMark ? [] : [event])),
  }),
]
