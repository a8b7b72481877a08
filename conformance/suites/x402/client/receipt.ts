/** Receipts that are missing, or of another payment: content came, and what shows that it was paid for does not. */
import { devAccounts } from '../../../../src/keys/accounts.ts'
import { scenario } from '../../../kit/scenario.ts'
import type { Setting } from '../../../peers/x402/payee/shop/shop.ts'
import type { Fixtures } from './fixtures.ts'
import { reports } from './verbs.ts'

const checks = {
  'receipt.missing': 'X-CLI-017',
  'receipt.failed': 'X-CLI-017',
  'receipt.transaction': 'X-CLI-017',
  'receipt.network': 'X-CLI-017',
  'receipt.payer': 'X-CLI-017',
} as const

type Check = keyof typeof checks

const wrong: Record<Check, NonNullable<Setting['receipt']> | null> = {
  'receipt.missing': null,
  'receipt.failed': { success: false },
  'receipt.transaction': { transaction: '' },
  'receipt.network': { network: 'eip155:1' },
  'receipt.payer': { payer: devAccounts[7]?.address ?? '' },
}

export const receipt = scenario<Fixtures, Check>({
  id: 'x402/client/receipt',
  title: 'Receipts that do not fit the payment',
  checks,
  faults: async () => (await import('./receipt.faults.ts')).receiptFaults,
  async run(t, { open, versions }) {
    for (const version of versions)
      for (const [check, said] of Object.entries(wrong) as [Check, Setting['receipt']][])
        await t.check(check, async () =>
          reports(await (await open({ version, receipt: said ?? null })).visit(), `v${version}: ${check}`),
        )
  },
})
