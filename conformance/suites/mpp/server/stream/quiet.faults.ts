/** A server whose streams are silent while they wait. */
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'waits-in-silence',
    breaks: 'SESS-SSE-020',
    caughtBy: ['quiet.comments'],
    options: { keepAliveMs: 0 },
  }),
]
