/** Servers that do not end, or end and forget. */
import { crash, onResponse, paying } from '../../../../peers/mpp/payee/wire.ts'
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
  fault({
    name: 'fails-to-say-that-it-closed',
    breaks: 'CORE-PROB-010',
    caughtBy: ['stop.no-5xx'],
    http: onResponse(paying('close'), crash),
  }),
]
