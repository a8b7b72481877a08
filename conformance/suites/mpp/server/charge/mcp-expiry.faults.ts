/** MCP servers that serve a payment again once they have forgotten it. */
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'mcp-ids-of-any-age',
    breaks: 'MCP-REPL-001',
    caughtBy: ['mcp-expiry.refused'],
    rules: { chargeChallenge: { notExpired: ok } },
  }),
]
