/** A top-up that answers an expired challenge is refused, and its transaction is not sent. */
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'
import { refusesAs } from '../verbs.ts'

/** Longest time to wait for a challenge to expire, in milliseconds. */
const maxWaitMs = 5_000

export const expired = scenario({
  id: 'mpp/server/expired',
  title: 'A top-up that answers an expired challenge is refused',
  needs: ['brief'],
  checks: {
    'expired.top-up': 'SESS-TOPUP-003',
    'expired.top-up-label': ['SESS-ERR-009', 'SESS-TOPUP-003'],
  },
  faults: () => import('./expired.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const payer = await fixtures.anotherPayer(fixtures.subject.at('brief'))
    const { units } = payer.subject
    const channel = await payer.open()
    const challenge = await payer.subject.challenge()
    if (challenge.expires === undefined) throw new Blocked('the challenge does not expire')
    const waitMs = Timestamp.decode(challenge.expires) + 100 - Date.now()
    if (waitMs > maxWaitMs) throw new Blocked(`the challenge is good for ${waitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    await refusesAs(
      t,
      'expired.top-up',
      'expired.top-up-label',
      ['session/challenge-not-found', 'payment-expired', 'invalid-challenge'],
      {
        act: async () => channel.send(Payload.toJson(await channel.prepareTopUp(units(10))), { challenge }),
        twin: () => channel.topUp(units(10)),
        position: channel.position,
      },
    )
  },
})
