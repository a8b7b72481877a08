/** Whom policy refuses, nothing is taken from. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, equal, holdsIf } from '../../../../kit/verdict.ts'
import { ChargeUnderTest, offers } from '../../../../peers/mpp/payer/charge.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

export const barred = scenario({
  id: 'mpp/server/barred',
  title: 'Who may not have something is refused before a charge is taken',
  needs: ['barred'],
  checks: {
    'barred.forbidden': ['CORE-STAT-006', 'CORE-STAT-011'],
    'barred.no-receipt': 'CORE-RCPT-005',
    'barred.not-taken': 'CHG-010',
  },
  faults: () => import('./barred.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    const target = new ChargeUnderTest(subject.at('barred'), payer)
    const challenge = await target.challenge()
    const { chain } = subject.options
    const balance = () => chain.balance(subject.terms.currency, payer.address)
    const before = await balance()
    const pulls = offers(challenge, 'pull')
    const payment = await target.sign(challenge)
    const answer = await (pulls ? target.pull(payment) : target.push(await target.broadcast(payment)))
    const body = await answer.text()
    await t.check('barred.forbidden', () => holdsIf(answer.status === 403, '403', describe(answer, body)))
    await t.check('barred.no-receipt', () =>
      holdsIf(answer.field('payment-receipt') === undefined, 'no Payment-Receipt', 'one'),
    )
    await t.check('barred.not-taken', async () =>
      pulls
        ? equal(await balance(), before, "the payer's balance")
        : absent('the payer broadcasts its payments itself'),
    )
  },
})
