/** The time a challenge of a paid tool can be answered in. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import type * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent } from '../../../../kit/verdict.ts'
import { ChargeUnderTest } from '../../../../peers/mpp/payer/charge.ts'
import { challengesIn, McpUnderTest } from '../../../../peers/mpp/payer/mcp.ts'
import type { Fixtures } from '../fixtures.ts'
import { refusesCall } from './call.ts'
import { patienceMs } from './fleeting.ts'

export const mcpExpiry = scenario({
  id: 'mpp/server/mcp-expiry',
  title: 'A challenge of a paid tool that has expired buys no call',
  needs: ['mcp'],
  checks: { 'mcp-expiry.refused': 'MCP-REPL-001' },
  faults: () => import('./mcp-expiry.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    const server = new McpUnderTest(subject.at('mcp'))
    const target = new ChargeUnderTest(subject.at('mcp'), payer)
    await server.initialize()
    const { paid } = await server.tools()
    const brief = paid.find(({ error }) => challengesIn(error).some((found) => leftMs(found) <= patienceMs))
    if (brief === undefined) {
      const reason = `no tool asks with a challenge that is good for ${patienceMs} ms or less`
      await t.check('mcp-expiry.refused', () => absent(reason))
      return
    }
    const issued = await server.challenge(brief.name)
    await sleep(Math.max(0, leftMs(issued)) + 20)
    // The transaction itself outlives the challenge: only the challenge's own expiry can refuse it.
    const payment = await target.sign(issued, { outlives: true })
    await refusesCall(
      t,
      'mcp-expiry.refused',
      { server, target, tool: brief.name },
      {
        act: () => server.pay(brief.name, payment),
      },
    )
  },
})

const leftMs = ({ expires }: Challenge.Challenge): number =>
  expires === undefined ? Number.POSITIVE_INFINITY : Timestamp.decode(expires) - Date.now()
