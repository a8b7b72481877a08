/** A shop that redirects a paid request to another origin: the payment does not go there. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, holds, unjudged } from '../../../kit/verdict.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = { 'origin.payment': 'X-CLI-012' } as const

type Check = keyof typeof checks

export const origin = scenario<Fixtures, Check>({
  id: 'x402/client/origin',
  title: 'A paid request that is sent on elsewhere',
  checks,
  faults: async () => (await import('./origin.faults.ts')).originFaults,
  async run(t, { open, versions }) {
    for (const version of versions) for (const by of statuses) await elsewhere(t, open, version, by)
  },
})

/** With the first the request is repeated as it was, with the second it becomes a GET. */
const statuses = [307, 303]

const elsewhere = (t: Tester<Check>, open: Fixtures['open'], version: Version, by: number): Promise<void> =>
  t.check('origin.payment', async () => {
    const other = await open({ version })
    const shop = await open({ version, conduct: () => ({ redirect: other.url, by }) })
    const visit = await shop.visit()
    if (visit.signed.length === 0) return unjudged(`v${version}: nothing was signed`)
    if (!other.seen.some(({ paid }) => paid)) return holds
    return broken(
      `v${version}: the payment stays with the origin that asked for it`,
      `it went to ${other.url} with ${by}, ${describe(visit)}`,
      {
        money: 'another server takes the payment and gives nothing',
      },
    )
  })
