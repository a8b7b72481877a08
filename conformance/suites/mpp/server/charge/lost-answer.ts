/** A node takes the transaction of a charge and its answer is lost: the payment is made, and buys its content. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, holds } from '../../../../kit/verdict.ts'
import { ChargeUnderTest, offers } from '../../../../peers/mpp/payer/charge.ts'
import { sending } from '../channel/node-lies/lie.ts'
import type { Fixtures } from '../fixtures.ts'

export const lostAnswer = scenario({
  id: 'mpp/server/lost-answer',
  title: 'A charge whose broadcast is answered with an error, and was made, is served',
  needs: ['charge', 'node'],
  checks: { 'lost-answer.charge': ['CHG-001', 'CHG-004'] },

  async run(t, { subject, payer, node }: Fixtures) {
    const target = new ChargeUnderTest(subject.at('charge'), payer)
    const payment = await target.sign(await target.challenge())
    if (!offers(payment.challenge, 'pull')) throw new Blocked('no transaction is handed over here')
    target.losesAnswer(payment)
    const of = node.holding(payment.raw)
    const ends = sending.map((method) =>
      node.error(method, { of, times: 1, after: true, message: 'gateway timeout' }),
    )
    const first = await target.pull(payment)
    await first.text()
    for (const end of ends) end()
    await t.check('lost-answer.charge', async () => {
      if (first.accepted) return holds
      const again = await target.pull(payment)
      await again.text()
      // No sentence says what an error of a node means.
      return again.accepted
        ? holds
        : broken('2xx for a charge that is on chain', String(again.status), {
            softly: true,
            money: 'the payer paid, and its content never comes',
          })
    })
  },
})
