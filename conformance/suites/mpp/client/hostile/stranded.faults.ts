/** Faults of clients that believe a channel to be over, or have no use for one that did not end well, and forget it. */
import { isStream } from '../../../../peers/answers.ts'
import { faultsOf } from '../fault.ts'
import { outgoing } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('stranded')

/** A journal that does not tell of some channels. */
const without =
  (over: ReadonlySet<unknown>): NonNullable<ClientVariant['journal']> =>
  (journal) => ({
    ...journal,
    list: async () => (await journal.list()).filter(({ channelId }) => !over.has(channelId)),
  })

/** Forgets a channel at an answer that a condition picks: the next run knows nothing of it. */
function forgetting(picks: (answer: Response, action: unknown) => boolean): ClientVariant {
  const over = new Set<unknown>()
  return {
    fetch: (fetch) => async (input, init) => {
      const answer = await fetch(input, init)
      const payload = outgoing(init)?.credential.payload
      if (payload !== undefined && picks(answer, payload['action'])) over.add(payload['channelId'])
      return answer
    },
    journal: without(over),
  }
}

/** Forgets a channel when a stream on it breaks off. */
function forgettingWhatBroke(): ClientVariant {
  const over = new Set<unknown>()
  return {
    fetch: (fetch) => async (input, init) => {
      const answer = await fetch(input, init)
      const { body, status, headers } = answer
      if (body === null || !isStream(answer)) return answer
      const source = body.getReader()
      const heard = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { value, done } = await source.read().catch((error: unknown) => {
            over.add(outgoing(init)?.credential.payload['channelId'])
            throw error
          })
          if (done) controller.close()
          else controller.enqueue(value)
        },
        cancel: (reason) => source.cancel(reason),
      })
      return new Response(heard, { status, headers })
    },
    journal: without(over),
  }
}

export const faults = [
  named(
    'takes-any-answer-for-a-close',
    'SESS-CLI-003',
    ['close-pretended', 'close-receipt'],
    forgetting(({ ok }, action) => ok && action === 'close'),
  ),
  named(
    'forgets-what-did-not-close',
    'SESS-CLI-003',
    ['close-failed', 'cut'],
    forgetting(({ status }, action) => status === 500 && action === 'close'),
  ),
  named('forgets-what-broke-off', 'SESS-CLI-003', ['cut'], forgettingWhatBroke()),
  named(
    'takes-410-for-the-end',
    'SESS-CLI-003',
    ['gone'],
    forgetting(({ status }) => status === 410),
  ),
]
