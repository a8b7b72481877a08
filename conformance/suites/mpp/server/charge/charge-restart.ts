/** What a server must still know of one-off payments when it was killed. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked } from '../../../../kit/verdict.ts'
import { ChargeUnderTest, offers } from '../../../../peers/mpp/payer/charge.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

export const chargeRestart = scenario({
  id: 'mpp/server/charge-restart',
  title: 'A charge that was used stays used when the server is killed and starts again',
  needs: ['charge', 'start'],
  checks: { 'charge-restart.still-used': ['CHG-007', 'CHG-004'] },
  faults: () => import('./charge-restart.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer, launch }: Fixtures) {
    const instance = await launch()
    const target = new ChargeUnderTest(subject.at('charge').of(instance), payer)
    const payment = await target.sign(await target.challenge())
    const pulls = offers(payment.challenge, 'pull')
    if (!pulls) await target.broadcast(payment)
    const use = () => (pulls ? target.pull(payment) : target.push(payment))
    const first = await use()
    await first.text()
    if (!first.accepted) throw new Blocked(`a lawful charge was answered ${first.status}`)
    await instance.restart()
    await refuses(t, 'charge-restart.still-used', {
      act: use,
      twin: () => target.pay(),
      ...(pulls ? { position: payer.position } : {}),
      money: 'content twice for one price',
    })
  },
})
