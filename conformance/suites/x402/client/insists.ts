/** Paid requests that fail: however often a call is sent again, it is paid once. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import { broken, holds, unjudged } from '../../../kit/verdict.ts'
import type { Conduct } from '../../../peers/x402/payee/shop/shop.ts'
import type { Fixtures } from './fixtures.ts'
import { describe, reports } from './verbs.ts'

const checks = {
  'insists.reset': 'X-CLI-002',
  'insists.lost': 'X-CLI-002',
  'insists.500': 'X-CLI-002',
  'insists.402': 'X-CLI-007',
  'insists.told': 'X-CLI-021',
} as const

type Check = keyof typeof checks

/** Shops that fail a paid request, twice or always. */
const failing: Record<Exclude<Check, 'insists.told'>, Conduct> = {
  'insists.reset': (nth) => (nth < 2 ? 'reset' : 'serve'),
  'insists.lost': (nth) => (nth < 2 ? 'settle-and-reset' : 'serve'),
  'insists.500': (nth) => (nth < 2 ? { status: 500 } : 'serve'),
  'insists.402': () => 'ask',
}

export const insists = scenario<Fixtures, Check>({
  id: 'x402/client/insists',
  title: 'Paid requests that fail',
  checks,
  faults: async () => (await import('./insists.faults.ts')).insistsFaults,
  async run(t, { open, versions }) {
    for (const version of versions) {
      for (const [check, conduct] of Object.entries(failing) as [Check, Conduct][])
        await t.check(check, () => once(open, version, conduct))
      await t.check('insists.told', async () =>
        reports(
          await (await open({ version, conduct: () => 'ask' })).visit(),
          `v${version}: a payment that bought nothing`,
        ),
      )
    }
  },
})

async function once(open: Fixtures['open'], version: Version, conduct: Conduct) {
  const visit = await (await open({ version, conduct })).visit()
  const { signed } = visit
  if (signed.length === 0) return unjudged(`v${version}: nothing was signed`)
  if (signed.length === 1) return holds
  return broken(`v${version}: one payment for one call`, describe(visit), {
    money: `the payer pays ${signed.length} times for one answer`,
  })
}
