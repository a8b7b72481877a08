/** A stream that waits in vain for a voucher ends with its receipt, and the channel goes on. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

export const brief = scenario({
  id: 'mpp/server/brief',
  title: 'A stream that waits in vain for a voucher ends, and the channel goes on',
  needs: ['brief'],
  checks: {
    'brief.ends': 'SESS-SSE-007',
    'brief.receipt': ['SESS-SSE-012', 'SESS-SSE-011'],
    'brief.nothing-after': 'SESS-RCPT-005',
    'brief.goes-on': 'SESS-ACCT-005',
  },
  faults: () => import('./brief.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer }: Fixtures) {
    const payer = await anotherPayer(subject.at('brief'))
    const { units } = payer.subject
    const channel = await payer.open()
    const running = await channel.stream(units(2))
    await running.untilPause()
    await running.waitFor(() => running.ended !== undefined)
    await t.check('brief.ends', () =>
      holdsIf(running.ended === 'by the target', 'the end of the stream', running.ended ?? 'it waits on'),
    )
    await t.check('brief.receipt', () => {
      if (running.ended !== 'by the target') throw new Blocked('the stream did not end')
      const { receipt, receiptEvent } = running
      if (receipt === undefined && receiptEvent !== undefined)
        throw new Blocked('the receipt event cannot be read (see stream.final-receipt-fields)')
      return equal(receipt?.spent, units(2), 'spent in a final receipt')
    })
    running.abort()
    await t.check('brief.nothing-after', async () => {
      await (await channel.voucher(units(4))).text()
      await payer.subject.roundTrip()
      return equal((await channel.books()).spent, units(running.units.length), 'spent')
    })
    await t.check('brief.goes-on', async () => {
      const next = await channel.stream(units(4))
      if (next.isEventStream) await next.waitFor(() => next.asks.length > 0)
      next.abort()
      return equal(next.units.length, 2, 'units on a new stream')
    })
  },
})
