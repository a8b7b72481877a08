/** Servers that take over a channel because the chain knows it. */
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'adopts-what-is-on-chain',
    breaks: 'SESS-OPEN-019',
    caughtBy: ['other-store.sold-once'],
    rules: { opening: { notUsedElsewhere: ok } },
  }),
]
