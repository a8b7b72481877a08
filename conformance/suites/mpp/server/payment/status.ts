/** When payment is asked for, and of whom: of anybody, for what is paid for, by every way to it. */
import { spellings } from '../../../../harness/spellings.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, holds, holdsIf } from '../../../../kit/verdict.ts'
import { Subject } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'
import { accepts } from '../verbs.ts'
import { streamsAt } from './spellings.ts'

export const status = scenario({
  id: 'mpp/server/status',
  title: 'Payment is asked of anybody, for what is paid for, by every way to it',
  checks: {
    'status.no-account': 'CORE-SEC-003',
    'status.not-found': 'CORE-STAT-012',
    'status.every-method': 'CORE-STAT-001',
    'status.every-spelling': 'CORE-STAT-001',
    'status.unpaid-moves-nothing': 'CORE-IDEM-001',
  },
  faults: () => import('./status.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, payer }: Fixtures) {
    // A new key without a history, and no cookie or login.
    await accepts(t, 'status.no-account', async () => payer.send(await payer.prepareOpen()))
    const { url } = subject.options
    // Reported, not failed: spec/readings.md B18.
    await t.check('status.not-found', async () => {
      const answer = await new Subject(
        { ...subject.options, url: new URL('/no/such/thing', url).href },
        subject.recorder,
      ).request()
      await answer.text()
      if (answer.accepted) return absent('every path is served')
      return holdsIf(answer.status !== 402, '404 for what does not exist', '402')
    })
    const served = async (at: Subject, method: string) => {
      const answer = await at.request({ method })
      const content = answer.accepted && answer.isEventStream
      answer.abort()
      return content
    }
    // Whether the plain request is free is for the check about it: what is judged here is the ways around payment.
    const free = await served(subject, 'GET')
    const asking = () => {
      if (free) throw new Blocked(subject.illegible)
    }
    await t.check('status.every-method', async () => {
      asking()
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
        if (await served(subject, method)) return broken('no stream without payment', `one to ${method}`)
      return holds
    })
    await t.check('status.every-spelling', async () => {
      asking()
      for (const spelling of spellings(url))
        if (await streamsAt(subject, spelling))
          return broken('no stream without payment', `one at ${spelling}`)
      return holds
    })
    await t.check('status.unpaid-moves-nothing', async () => {
      const channel = await payer.open()
      const before = await channel.books()
      // Naming a channel is no payment from it.
      const headers = [['payment-session', channel.id]] as const
      for (const method of ['GET', 'POST', 'HEAD']) {
        const answer = await subject.request({ method, headers })
        answer.abort()
        if (answer.accepted && method === 'GET') return broken('402', String(answer.status))
      }
      const after = await channel.books()
      const { deposit } = await channel.slot()
      const same = before.accepted === after.accepted && before.spent === after.spent
      return holdsIf(
        same && deposit === channel.deposit,
        `accepted ${before.accepted}, spent ${before.spent}, deposit ${channel.deposit}`,
        `accepted ${after.accepted}, spent ${after.spent}, deposit ${deposit}`,
      )
    })
  },
})
