/** What an Idempotency-Key was used for is known after a restart too: it buys nothing else. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked } from '../../../../kit/verdict.ts'
import { buy } from '../../../../peers/mpp/payer/purchase.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { under } from '../keys.ts'
import { otherUrl } from './other-url.ts'

export const keyRestart = scenario({
  id: 'mpp/server/key-restart',
  title: 'A key that was used buys nothing else when the server is killed and starts again',
  needs: ['plain', 'sibling', 'start'],
  checks: { 'key-restart.other-url': ['CORE-IDEM-005', 'SESS-ACCT-005'] },
  faults: () => import('./key-restart.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer, launch }: Fixtures) {
    const instance = await launch()
    const payer = await anotherPayer(subject.at('plain').of(instance))
    const { subject: plain } = payer
    const channel = await payer.open()
    const challenge = await plain.challenge()
    const ask = { challenge, ...under(payer, 'used') }
    const first = await buy(channel, plain.units(4), ask)
    if (!first.served) throw new Blocked(`a paid request was answered ${describe(first.answer, first.body)}`)
    await instance.restart()
    await t.check('key-restart.other-url', () =>
      otherUrl(channel, { first, ask, sibling: subject.at('sibling').of(instance) }),
    )
  },
})
