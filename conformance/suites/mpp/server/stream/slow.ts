/** A stream goes at the pace of its units: nothing is held back, and nothing is charged once the client has left. */
import { performance } from 'node:perf_hooks'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

export const slow = scenario({
  id: 'mpp/server/slow',
  title: 'Units reach the client as they are made, and stop when it leaves',
  needs: ['slow'],
  checks: {
    'slow.first-unit': 'SESS-ACCT-010',
    'slow.cut-short': 'SESS-CRASH-001',
    'slow.cut-stops': 'SESS-ACCT-010',
    'slow.paused': ['SESS-SSE-004', 'SESS-SSE-001'],
  },
  faults: () => import('./slow.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const payer = await anotherPayer(subject.at('slow'))
    const { units } = payer.subject
    await t.check('slow.first-unit', async () => {
      const channel = await payer.open()
      const running = await channel.stream(units(unitsSeen))
      await running.until(() => running.units.length > 0)
      const first = performance.now()
      await running.until(() => running.units.length >= unitsSeen)
      const between = performance.now() - first
      running.abort()
      return holdsIf(
        between >= leastMs,
        `the first of ${unitsSeen} units at least ${leastMs} ms before the last`,
        `${between.toFixed(1)} ms`,
      )
    })

    const channel = await payer.open()
    await t.check('slow.cut-short', async () => {
      for (const got of [1, 2, 3, 4]) {
        const before = channel.delivered
        const running = await channel.stream(units(30))
        await running.waitFor(() => channel.delivered >= before + got || running.asks.length > 0)
        running.abort()
        await payer.subject.roundTrip()
        const { spent } = await channel.books()
        if (spent < channel.surelyWorth)
          return broken(`at least ${channel.surelyWorth} spent`, `spent ${spent}`, {
            money: 'what was delivered is not paid',
          })
      }
      return holds
    })
    /** Another stream's units tell the time, each once. */
    const other = await payer.open()
    const elsewhere = (paid: number) => other.consume(paid)
    await t.check('slow.cut-stops', async () => {
      const cut = await payer.open()
      const running = await cut.stream(units(unitsCut))
      await running.until(() => running.units.length > 0)
      running.abort()
      // Some while the end of the connection gets through, then as long again.
      await elsewhere(4)
      const before = (await cut.books()).spent
      await elsewhere(8)
      const { spent } = await cut.books()
      if (spent !== before) return broken(`spent ${before} for a stream nobody reads`, `spent ${spent}`)
      if (running.units.length >= unitsCut) throw new Blocked('the stream was over before it could be cut')
      return holdsIf(
        spent < units(unitsCut),
        'less than all charged of a stream that was cut',
        `spent ${spent}`,
      )
    })
    await t.check('slow.paused', async () => {
      const waiting = await payer.open()
      const running = await waiting.stream(units(2))
      await running.untilPause()
      const stands = async () => `${running.units.length} units, spent ${(await waiting.books()).spent}`
      const before = await stands()
      await elsewhere(16)
      const after = await stands()
      running.abort()
      return equal(after, before, 'while the stream waits for a voucher:')
    })
  },
})

/** Units that are waited for, and the least time between the first and the last: that of a single pause. */
const unitsSeen = 6
const leastMs = 20
/** Units paid for on a stream that is cut at the first. */
const unitsCut = 20
