/** Servers that forget charges when they restart. */
import { memoryStore } from '../../../../../src/mpp/server/store/memory.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'charges-forgotten-by-a-restart',
    breaks: 'CHG-007',
    caughtBy: ['charge-restart.still-used', 'audit.charged-is-delivered'],
    store: (store) => ({ ...store, charges: memoryStore().charges }),
    rules: { handedOver: { notSentBefore: ok } },
  }),
]
