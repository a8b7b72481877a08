/** Faults of clients that take every event for a unit. */
import { faultsOf, ok } from '../fault.ts'
import { hearing } from '../payment/puppets.fault.ts'

export const faults = [
  faultsOf('free')(
    'signs-for-titles',
    'SESS-SSE-014',
    ['between'],
    {
      rules: { sign: { withinStep: ok } },
      // One more for each event that came since the last question: three instead of one.
      fetch: hearing('payment-need-voucher', (data) => {
        data['requiredCumulative'] = String(BigInt(String(data['requiredCumulative'])) + 2_000n)
      }),
    },
    ['cloudflare/agents#1583'],
  ),
]
