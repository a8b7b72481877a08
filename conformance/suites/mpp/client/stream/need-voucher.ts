/** A stream is bought voucher by voucher; then payees ask for vouchers that nothing was delivered for. */
import { scenario } from '../../../../kit/scenario.ts'
import { alterEvent } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { declines, pays } from '../verbs.ts'

/** Every question of a stream asks for so much more. */
const asking = (more: (required: bigint) => bigint) =>
  alterEvent('payment-need-voucher', (data) => {
    data['requiredCumulative'] = String(more(BigInt(String(data['requiredCumulative']))))
  })

export const needVoucher = scenario({
  id: 'mpp/client/need-voucher',
  title: 'Vouchers follow delivery: one more unit, whatever is asked',
  checks: {
    'need-voucher.paid': 'SESS-SSE-008',
    'need-voucher.beyond-delivery': 'SESS-SSE-014',
  },
  faults: async () => (await import('./need-voucher.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const shop = await fixtures.open()
    await pays(t, 'need-voucher.paid', shop)
    await declines(t, 'need-voucher.beyond-delivery', fixtures, {
      payee: { http: asking((required) => required + 10_000n) },
      mostLoss: 1_000n,
    })
  },
})
