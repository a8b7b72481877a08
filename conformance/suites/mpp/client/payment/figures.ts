/** What a challenge says of its price: the amount counts, whatever else is said, and it is read whole. */
import { scenario } from '../../../../kit/scenario.ts'
import { alterTerms } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { declines, pays } from '../verbs.ts'

/** 2^96 and the usual price: who keeps 96 bits of it reads the usual price. */
const wrapping = String((1n << 96n) + 1_000n)

export const figures = scenario({
  id: 'mpp/client/figures',
  title: 'The amount of a challenge is what is paid, whatever is said of it',
  checks: {
    'figures.description': 'CORE-CHAL-019',
    'figures.wraps': ['SESS-DESC-006', 'CORE-CHAL-033'],
  },
  faults: async () => (await import('./figures.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const offer = { description: 'free of charge today: 0.000000 a line' }
    await pays(t, 'figures.description', await fixtures.open({ offer }))
    await declines(t, 'figures.wraps', fixtures, {
      payee: { http: alterTerms((request) => Object.assign(request, { amount: wrapping })) },
    })
  },
})
