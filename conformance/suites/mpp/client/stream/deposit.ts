/** How much is locked: what a payee suggests is a suggestion, and the budget a bound. */
import { scenario } from '../../../../kit/scenario.ts'
import { holds } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'
import { declines } from '../verbs.ts'

export const deposit = scenario({
  id: 'mpp/client/deposit',
  title: 'No more is locked than the client was told, whatever is suggested',
  checks: { 'deposit.huge-suggestion': 'SESS-SSE-014' },
  faults: async () => (await import('./deposit.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const budget = 20_000n
    await declines(t, 'deposit.huge-suggestion', fixtures, {
      maxDeposit: '0.020',
      payee: { offer: { suggestedDeposit: '9' } },
      mostLoss: (shop) => shop.price,
      also: async (shop) => {
        const { deposit: locked } = await shop.take()
        return locked <= budget
          ? holds
          : { found: 'broken', expected: `at most ${budget} deposited`, actual: `${locked} deposited` }
      },
    })
  },
})
