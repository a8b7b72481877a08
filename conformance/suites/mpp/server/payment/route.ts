/** A challenge pays for the resource it was issued for, at that resource's price. */

import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { broken, holds } from '../../../../kit/verdict.ts'
import { buy, received } from '../../../../peers/mpp/payer/purchase.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { refuses } from '../verbs.ts'

export const route = scenario({
  id: 'mpp/server/route',
  title: 'A cheap challenge does not pay for a dear resource',
  needs: ['dear'],
  checks: {
    'route.cheap-challenge': 'CORE-BIND-013',
    'route.cheap-open': 'CORE-BIND-013',
    'route.price': 'CORE-BIND-013',
  },
  faults: () => import('./route.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const dear = subject.at('dear')
    const payer = await anotherPayer(dear)
    const channel = await payer.open()
    const price = dear.units(1)
    const money = 'dear content at a cheap price'
    const payload = async (amount: bigint) => Payload.toJson(await channel.signVoucher(amount))
    await refuses(t, 'route.cheap-challenge', {
      act: async () => {
        const cheap = await subject.challenge()
        const answer = await channel.send(await payload(price), { method: 'GET', challenge: cheap })
        if (answer.accepted) await received(channel, channel.took(answer, price))
        return answer
      },
      twin: async () => (await buy(channel, price)).answer,
      position: channel.position,
      money,
    })
    await t.check('route.price', async () => {
      const before = await channel.books()
      const { served, answer, body } = await buy(channel, before.accepted + price)
      if (!served) return broken('content for its price', describe(answer, body))
      const { spent } = await channel.books()
      if (spent - before.spent === price) return holds
      return broken(`${price} spent for a dear response`, String(spent - before.spent), { money })
    })
    await refuses(t, 'route.cheap-open', {
      act: async () => payer.send(await payer.prepareOpen(), { challenge: await subject.challenge() }),
      twin: async () => payer.send(await payer.prepareOpen()),
      position: payer.position,
      money,
    })
  },
})
