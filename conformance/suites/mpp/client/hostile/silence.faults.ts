/** Faults of clients that wait without a limit, or pay again for what was not answered. */
import { isStream } from '../../../../peers/answers.ts'
import { faultsOf } from '../fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('silence')
/** Longer than any run of a client, in milliseconds. */
const forEver = 3_600_000

type Puppet = NonNullable<ClientVariant['fetch']>

/** A stream that broke off is waited for as if more could come. */
const deafToEnds: Puppet = (fetch) => async (input, init) => {
  const response = await fetch(input, init)
  const { body, status, headers } = response
  if (body === null || !isStream(response)) return response
  const source = body.getReader()
  const more = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await source
        .read()
        .catch(() => new Promise<ReadableStreamReadResult<Uint8Array>>(() => undefined))
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => source.cancel(reason),
  })
  return new Response(more, { status, headers })
}

export const faults = [
  named(
    'waits-for-answers-for-ever',
    'SESS-CLI-004',
    ['ask', 'dripped-header', 'open', 'voucher', 'top-up', 'close'],
    { options: { limits: { answerTimeoutMs: forEver } } },
  ),
  named('waits-for-events-for-ever', 'SESS-CLI-004', ['stream'], {
    options: { limits: { idleTimeoutMs: forEver } },
  }),
  named('waits-for-more-of-a-broken-stream', 'SESS-CLI-004', ['stream', 'half-closed'], {
    options: { limits: { idleTimeoutMs: forEver } },
    fetch: deafToEnds,
  }),
]
