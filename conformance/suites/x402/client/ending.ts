/** Streams that are not complete: the client reports it, and does not take the part for the whole. */
import { scenario } from '../../../kit/scenario.ts'
import { brokenWritings } from '../../../peers/x402/payee/shop/writing.ts'
import type { Fixtures } from './fixtures.ts'
import { reports } from './verbs.ts'

const checks = {
  'ending.no-done': 'X-CLI-014',
  'ending.cut': 'X-CLI-014',
  'ending.no-json': 'X-CLI-015',
  'ending.error-event': 'X-CLI-016',
} as const

type Check = keyof typeof checks

export const ending = scenario<Fixtures, Check>({
  id: 'x402/client/ending',
  title: 'Streams that are not complete',
  needs: ['chat'],
  checks,
  faults: async () => (await import('./ending.faults.ts')).endingFaults,
  async run(t, { open, versions }) {
    const [version = 2] = versions
    for (const [name, writes] of Object.entries(brokenWritings))
      await t.check(`ending.${name}` as Check, async () =>
        reports(await (await open({ version, writes })).visit(), `a stream that is not complete (${name})`),
      )
  },
})
