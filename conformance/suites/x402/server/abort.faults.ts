/** Faults that the scenario of clients that leave catches. */
import { heldBack } from '../../../peers/x402/payee/held-back.ts'
import { fault } from './fault.ts'

export const abortFaults = [
  fault({
    name: 'works-on-for-nobody',
    breaks: 'X-LEFT-001',
    caughtBy: ['abort.stops'],
    model: (own) => ({
      ...own,
      async *stream(chat) {
        const chunks = own.stream(chat, new AbortController().signal)[Symbol.asyncIterator]()
        try {
          for (let next = await chunks.next(); next.done !== true; next = await chunks.next())
            yield next.value
        } finally {
          // Whoever reads is gone: the rest is made all the same.
          for (let next = await chunks.next(); next.done !== true; next = await chunks.next());
        }
      },
    }),
  }),
  fault({
    name: 'charges-who-has-left',
    breaks: 'X-LEFT-002',
    caughtBy: ['abort.not-charged'],
    made: 'rule',
    ...heldBack(() => true),
  }),
]
