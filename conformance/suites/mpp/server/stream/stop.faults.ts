/** Servers that do not end, or end and forget. */
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'waits-for-ever-to-end',
    breaks: 'SESS-CRASH-005',
    caughtBy: ['stop.ends'],
    like: ['tokio-rs/axum#2673'],
    store: (store) => ({ ...store, close: () => new Promise<void>(() => undefined) }),
  }),
  fault({
    name: 'forgets-open-streams-when-it-ends',
    breaks: 'SESS-CRASH-004',
    caughtBy: ['stop.remembers', 'claim.after-stop', 'claim.after-restart'],
    store: (store) => ({
      ...store,
      async close() {
        for await (const { channelId } of store.live())
          await store.update(channelId, () => ({ record: undefined, answer: undefined }))
      },
    }),
  }),
]
