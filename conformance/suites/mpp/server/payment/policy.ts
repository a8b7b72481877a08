/** A payment that verifies and is refused by policy: no challenge, no receipt, nothing charged. */
import { scenario } from '../../../../kit/scenario.ts'
import { equal, holdsIf } from '../../../../kit/verdict.ts'
import { offers } from '../../../../peers/mpp/payer/offer.ts'
import { buy } from '../../../../peers/mpp/payer/purchase.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

export const policy = scenario({
  id: 'mpp/server/policy',
  title: 'Paying does not help where policy refuses, and is not asked for again',
  needs: ['forbidden'],
  checks: {
    'policy.forbidden': ['CORE-STAT-006', 'CORE-STAT-011'],
    'policy.no-challenge': 'CORE-STAT-006',
    'policy.no-receipt': 'CORE-RCPT-005',
    'policy.not-charged': 'SESS-CLOSE-004',
  },
  faults: () => import('./policy.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const forbidden = subject.at('forbidden')
    const payer = await anotherPayer(forbidden)
    const channel = await payer.open()
    const { answer, body } = await buy(channel, forbidden.units(2))
    channel.mayHold(forbidden.units(2))
    await t.check('policy.forbidden', () => holdsIf(answer.status === 403, '403', describe(answer, body)))
    await t.check('policy.no-challenge', () =>
      holdsIf(offers(answer).length === 0, 'no Payment challenge: paying would not help', 'one'),
    )
    await t.check('policy.no-receipt', () =>
      holdsIf(answer.field('payment-receipt') === undefined, 'no Payment-Receipt', 'one'),
    )
    await t.check('policy.not-charged', async () => equal((await channel.books()).spent, 0n, 'spent'))
  },
})
