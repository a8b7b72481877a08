/** A challenge that has expired pays for nothing, whatever its echo says. */
import { setTimeout as until } from 'node:timers/promises'
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import type * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent } from '../../../../kit/verdict.ts'
import { without } from '../../../../peers/mpp/payer/offer.ts'
import { judgeLabel } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { type Attempt, refuses } from '../verbs.ts'

/** Longest life of a challenge that is waited out, in milliseconds. */
const longestLifeMs = 10_000
/** How far the clocks of server and kit may be apart, in milliseconds. */
const clockSkewMs = 100

export const expiry = scenario({
  id: 'mpp/server/expiry',
  title: 'An expired challenge pays for nothing, whatever its echo says',
  needs: ['brief'],
  checks: {
    'expiry.expired': ['CORE-BIND-008', 'CORE-STAT-003'],
    'expiry.label': 'CORE-STAT-003',
    'expiry.stretched': 'CORE-BIND-008',
    'expiry.removed': 'CORE-BIND-008',
  },
  faults: () => import('./expiry.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const brief = subject.at('brief')
    const payer = await anotherPayer(brief)
    const issued = await brief.challenge()
    const left = issued.expires === undefined ? Infinity : Timestamp.decode(issued.expires) - Date.now()
    if (left > longestLifeMs) {
      for (const check of ['expiry.expired', 'expiry.label', 'expiry.stretched', 'expiry.removed'] as const)
        await t.check(check, () => absent(`challenges do not expire within ${longestLifeMs} ms`))
      return
    }
    const open = await payer.prepareOpen()
    const attempt = (challenge: Challenge.Challenge): Attempt => ({
      act: () => payer.send(open, { challenge }),
      twin: async () => payer.send(await payer.prepareOpen()),
      position: payer.position,
      money: 'a price that is no longer offered',
    })
    // What is waited for is the end of the challenge itself.
    await until(Math.max(0, left) + clockSkewMs)
    await refuses(t, 'expiry.expired', attempt(issued))
    await t.check('expiry.label', async () => {
      const answer = await payer.send(open, { challenge: issued })
      const body = await answer.text()
      return judgeLabel(answer, body, ['payment-expired', 'session/challenge-not-found'])
    })
    const anHourMore = Timestamp.encode(Date.now() + 3_600_000)
    await refuses(t, 'expiry.stretched', attempt({ ...issued, expires: anHourMore }))
    await refuses(t, 'expiry.removed', attempt(without(issued, 'expires')))
  },
})
