/** Streams that are lawful and unusual: every token is read. */
import { scenario } from '../../../kit/scenario.ts'
import { holdsIf } from '../../../kit/verdict.ts'
import { lawfulWritings, text } from '../../../peers/x402/payee/shop/writing.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = {
  'reading.split': 'X-CLI-013',
  'reading.crlf': 'X-CLI-013',
  'reading.cr': 'X-CLI-013',
  'reading.bom': 'X-CLI-013',
  'reading.no-space': 'X-CLI-013',
  'reading.two-lines': 'X-CLI-013',
  'reading.comments': 'X-CLI-013',
  'reading.packed': 'X-CLI-013',
} as const

type Check = keyof typeof checks

export const reading = scenario<Fixtures, Check>({
  id: 'x402/client/reading',
  title: 'Streams that are framed and cut in unusual ways',
  needs: ['chat'],
  checks,
  faults: async () => (await import('./reading.faults.ts')).readingFaults,
  async run(t, { open, versions }) {
    // How a stream is read does not depend on how it was paid.
    const [version = 2] = versions
    for (const [name, writes] of Object.entries(lawfulWritings))
      await t.check(`reading.${name}` as Check, async () => {
        const visit = await (await open({ version, writes })).visit()
        return holdsIf(
          visit.ran.stdout.includes(text) && visit.ran.code === 0,
          `the text "${text}"`,
          `"${visit.ran.stdout.slice(-200)}", ${describe(visit)}`,
        )
      })
  },
})
