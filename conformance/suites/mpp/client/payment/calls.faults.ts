/** Faults of clients whose calls cannot be told apart, or not be known again. */
import { faultsOf } from '../fault.ts'
import { rewriting } from './puppets.fault.ts'

const named = faultsOf('calls')

export const faults = [
  named('a-key-for-each-sending', 'SESS-IDEM-007', ['same-key'], {
    rules: { retry: { key: ({ key, repeats }) => `${key}-${repeats}` } },
  }),
  named('one-key-for-every-call', 'SESS-IDEM-007', ['another-key'], {
    fetch: rewriting((_, headers) => {
      if (headers.has('idempotency-key')) headers.set('idempotency-key', 'the-only-one')
    }),
  }),
  named(
    'orders-again-after-an-error',
    'SESS-IDEM-007',
    ['post-after-500'],
    {
      fetch: (fetch) => async (input, init) => {
        const answer = await fetch(input, init)
        if (answer.status !== 500 || init?.body == null) return answer
        await answer.body?.cancel()
        const headers = new Headers(init.headers)
        headers.set('idempotency-key', 'another')
        return fetch(input, { ...init, headers })
      },
    },
    ['Significant-Gravitas/AutoGPT#14066'],
  ),
]
