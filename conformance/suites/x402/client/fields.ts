/** Shops that write the names of their fields in other letters: it is read all the same. */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Tester } from '../../../kit/tester.ts'
import { broken, holds, unjudged } from '../../../kit/verdict.ts'
import { letters } from '../../../peers/x402/letters.ts'
import type { Visit } from '../../../peers/x402/payee/shop/shop.ts'
import type { Fixtures } from './fixtures.ts'
import { describe } from './verbs.ts'

const checks = { 'fields.any-case': 'X-CLI-023' } as const

type Check = keyof typeof checks

export const fields = scenario<Fixtures, Check>({
  id: 'x402/client/fields',
  title: 'Fields of answers in other letters',
  checks,
  faults: async () => (await import('./fields.faults.ts')).fieldsFaults,
  async run(t, { open, versions }) {
    for (const version of versions) await each(t, open, version)
  },
})

const went = ({ ran, signed }: Visit): boolean => ran.code === 0 && signed.length > 0

const each = (t: Tester<Check>, open: Fixtures['open'], version: Version): Promise<void> =>
  t.check('fields.any-case', async () => {
    for (const [how, spells] of Object.entries(letters)) {
      const visit = await (await open({ version, spells })).visit()
      if (went(visit)) continue
      const usual = await (await open({ version })).visit()
      if (!went(usual)) return unjudged(`v${version}: an errand fails whose fields are written as usual`)
      return broken(`v${version}: fields read that are written in ${how}`, describe(visit))
    }
    return holds
  })
