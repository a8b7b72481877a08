/** A stream goes at the pace of its units and of its reader: nothing is held back, nothing is charged ahead. */
import { performance } from 'node:perf_hooks'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../suite.ts'

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
      channel.unjudged = 'a stream was cut while it ran'
      return holdsIf(
        between >= leastMs,
        `the first of ${unitsSeen} units at least ${leastMs} ms before the last`,
        `${between.toFixed(1)} ms`,
      )
    })

    const channel = await payer.open()
    channel.unjudged = 'a stream was cut while it ran'
    await t.check('slow.cut-short', async () => {
      for (const got of [1, 2, 3, 4]) {
        const before = channel.delivered
        const running = await channel.stream(units(30))
        await running.settled(() => channel.delivered >= before + got || running.asks.length > 0)
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
      cut.unjudged = 'a stream was cut while it ran'
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
      waiting.cutOff = 0
      return equal(after, before, 'while the stream waits for a voucher:')
    })
  },
})

/** Units that are waited for, and the least time between the first and the last: that of a single pause. */
const unitsSeen = 6
const leastMs = 20
/** Units paid for on a stream that is cut at the first. */
const unitsCut = 20

export const long = scenario({
  id: 'mpp/server/long',
  title: 'A client that does not read is not charged for the whole stream',
  needs: ['long'],
  checks: {
    'long.unread': 'SESS-ACCT-010',
  },

  async run(t, { subject, anotherPayer }: Fixtures) {
    const payer = await anotherPayer(subject.at('long'))
    const { units } = payer.subject
    const channel = await payer.open({ deposit: units(unitsPaid) })
    channel.unjudged = 'a stream was not read'
    const payload = Payload.toJson(await channel.signVoucher(units(unitsPaid)))
    const answer = channel.took(await channel.send(payload, { method: 'GET' }), units(unitsPaid))
    if (!answer.accepted) throw new Blocked(`a stream was asked for and answered ${answer.status}`)
    let spent = -1n
    let now = (await channel.books()).spent
    // Buffers fill, then nothing moves any more: two looks in a row see the same.
    while (now !== spent && now < units(unitsPaid)) {
      spent = now
      for (let i = 0; i < 3; i++) await payer.subject.roundTrip()
      now = (await channel.books()).spent
    }
    await t.check('long.unread', () =>
      holdsIf(
        now < units(unitsPaid),
        `less than ${units(unitsPaid)} spent while nothing is read`,
        `spent ${now}`,
      ),
    )
    answer.abort()
  },
})

/** Of 16 kB each: more than the sockets on the way hold together, which is about 10 MB. */
const unitsPaid = 1_000
