/** The time a charge challenge can be answered in. */
import { setTimeout as sleep } from 'node:timers/promises'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent } from '../../../../kit/verdict.ts'
import { ChargeUnderTest, offers } from '../../../../peers/mpp/payer/charge.ts'
import type { Fixtures } from '../fixtures.ts'
import { refusesAs } from '../verbs.ts'

/** Longest a challenge is waited for to expire, in milliseconds. */
export const patienceMs = 5_000

export const fleeting = scenario({
  id: 'mpp/server/fleeting',
  title: 'A charge challenge that has expired buys nothing',
  needs: ['fleeting'],
  checks: { 'fleeting.expired': 'CHG-005', 'fleeting.label': 'CHG-005' },
  faults: () => import('./fleeting.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    const target = new ChargeUnderTest(subject.at('fleeting'), payer)
    const challenge = await target.challenge()
    const leftMs =
      challenge.expires === undefined ? Infinity : Timestamp.decode(challenge.expires) - Date.now()
    if (leftMs > patienceMs || !offers(challenge, 'pull')) {
      const reason = absent(`its challenges are good for more than ${patienceMs} ms, or take no transactions`)
      await t.check('fleeting.expired', () => reason)
      await t.check('fleeting.label', () => reason)
      return
    }
    // The transaction itself outlives the challenge: only the challenge's own expiry can refuse it.
    await sleep(Math.max(0, leftMs) + 20)
    const payment = await target.sign(challenge, { outlives: true })
    await refusesAs(t, 'fleeting.expired', 'fleeting.label', ['payment-expired'], {
      act: () => target.pull(payment),
      twin: () => target.pay(),
      position: payer.position,
    })
  },
})
