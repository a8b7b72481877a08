/** Faults of clients that take what comes together for what belongs together, or the first receipt for the last. */
import { isStream } from '../../../../peers/answers.ts'
import { faultsOf } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('pieces')

type Puppet = NonNullable<ClientVariant['fetch']>

/** Streams whose chunks are heard otherwise; undefined ends one. */
const hearingChunks =
  (change: (chunk: Uint8Array) => Uint8Array | undefined): Puppet =>
  (fetch) =>
  async (input, init) => {
    const response = await fetch(input, init)
    const { body, status, headers } = response
    if (body === null || !isStream(response)) return response
    const changed = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        const heard = change(chunk)
        if (heard === undefined) controller.terminate()
        else controller.enqueue(heard)
      },
    })
    return new Response(body.pipeThrough(changed), { status, headers })
  }

const text = (chunk: Uint8Array): string => Buffer.from(chunk).toString()
const none = new Uint8Array()

export const faults = [
  named('reads-whole-lines-alone', 'SESS-SSE-019', ['bytes', 'bytes-crlf', 'bytes-cr', 'text'], {
    fetch: hearingChunks((chunk) => (chunk.length === 1 ? none : chunk)),
  }),
  named('takes-cr-and-lf-for-two-ends', 'SESS-SSE-019', ['bytes-crlf'], {
    // Where they come apart, each ends a line: the event ends before its data.
    fetch: hearingChunks((chunk) => (text(chunk) === '\r' ? Buffer.from('\n') : chunk)),
  }),
  named('splits-at-lf-alone', 'SESS-SSE-019', ['bytes-crlf', 'bytes-cr'], {
    fetch: hearingChunks((chunk) => (text(chunk) === '\r' ? Buffer.from('?') : chunk)),
  }),
  named('reads-the-mark-as-text', 'SESS-SSE-019', ['mark'], {
    fetch: hearingChunks((chunk) =>
      chunk[0] === 0xef && chunk[1] === 0xbb ? Buffer.from(`?${text(chunk.subarray(3))}`) : chunk,
    ),
  }),
  // A letter whose bytes come apart is no letter any more.
  named('decodes-piece-by-piece', 'SESS-SSE-019', ['text'], {
    fetch: hearingChunks((chunk) => Buffer.from(text(chunk))),
  }),
  named('keeps-one-line-of-two', 'SESS-SSE-018', ['text'], {
    does: (doing, usual) => usual({ ...doing, print: (data) => doing.print(data.split('\n')[0] ?? '') }),
  }),
  named('knows-a-type-in-one-spelling', 'SESS-SSE-019', ['type'], {
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      if (!(response.headers.get('content-type') ?? '').startsWith('Text/')) return response
      const { body, status, headers } = response
      const heard = new Headers(headers)
      heard.set('content-type', 'text/plain')
      return new Response(body, { status, headers: heard })
    },
  }),
  named('ends-at-the-first-receipt', 'SESS-SSE-018', ['receipts'], {
    fetch: hearingChunks((chunk) => {
      const heard = text(chunk)
      return heard.includes('payment-receipt') && heard.includes('payment-need-voucher') ? undefined : chunk
    }),
  }),
]
