/** How much is locked: what a payee suggests is a suggestion, and the budget a bound. */
import { scenario } from '../../../../kit/scenario.ts'
import { broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import type { Fixtures } from '../fixtures.ts'
import { declines } from '../verbs.ts'

export const deposit = scenario({
  id: 'mpp/client/deposit',
  title: 'No more is locked than the client was told, whatever is suggested',
  checks: { 'deposit.huge-suggestion': 'SESS-SSE-014', 'deposit.exhausted': 'SESS-SSE-014' },
  faults: async () => (await import('./deposit.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const budget = 20_000n
    const within = async (shop: Shop): Promise<Finding> => {
      const { deposit: locked, signed } = await shop.take()
      const most = locked > signed ? locked : signed
      return most <= budget
        ? holds
        : broken(`at most ${budget} deposited and signed for`, `${locked} deposited, ${signed} signed for`)
    }
    await declines(t, 'deposit.huge-suggestion', fixtures, {
      maxDeposit: '0.020',
      payee: { offer: { suggestedDeposit: '9' } },
      mostLoss: (shop) => shop.price,
      also: within,
    })
    // The stream goes on where the budget ends.
    await declines(t, 'deposit.exhausted', fixtures, {
      maxDeposit: '0.020',
      units: 24,
      mostLoss: (shop) => shop.price,
      also: within,
      twin: { maxDeposit: '0.020' },
    })
  },
})
