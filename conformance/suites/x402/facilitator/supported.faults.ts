/** Faults that the scenario of what is supported catches. */
import { fault } from './fault.ts'

export const supportedFaults = [
  fault({
    name: 'supports-without-words',
    breaks: 'X-FAC-001',
    caughtBy: ['supported.decodes'],
    around: (own) => ({ ...own, supported: async () => ({ kinds: 'exact' }) as never }),
  }),
  fault({
    name: 'supports-nothing',
    breaks: 'X-FAC-002',
    caughtBy: ['supported.exact'],
    around: (own) => ({ ...own, supported: async () => ({ kinds: [] }) }),
  }),
]
