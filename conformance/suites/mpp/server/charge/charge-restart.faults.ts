/** Servers that forget charges when they restart. */
import { memoryCharges } from '../../../../../src/mpp/server/store/charges.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'charges-forgotten-by-a-restart',
    breaks: 'CHG-007',
    caughtBy: ['charge-restart.still-used', 'audit.charged-is-delivered'],
    store: (store) => ({ ...store, charges: memoryCharges() }),
    rules: { handedOver: { notSentBefore: ok } },
  }),
]
