/** Servers that stream on when the chain has lost the channel. */
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'streams-on-without-a-channel',
    breaks: 'SESS-REORG-002',
    caughtBy: ['reorg.mid-stream'],
    like: ['tempoxyz/mpp-rs#425'],
    rules: { charge: { notOver: ok, onChain: ok } },
  }),
]
