/**
 * A channel that was used where another store keeps the books: a second server of the same account, or this one after
 * its memory was lost. It cannot know what was sold, so it sells nothing on it (spec/readings.md A9).
 */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'

export const otherStore = scenario({
  id: 'mpp/server/other-store',
  title: 'What was sold on a channel elsewhere is not sold on it again',
  needs: ['start', 'stream'],
  checks: { 'other-store.sold-once': 'SESS-OPEN-019' },
  faults: () => import('./other-store.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer, launch, units }: Fixtures) {
    const [here, elsewhere] = await Promise.all([launch(), launch()])
    const payer = await anotherPayer(subject.of(elsewhere))
    const prepared = await payer.prepareOpen()
    const opened = await payer.send(prepared)
    await opened.text()
    if (!opened.accepted) throw new Blocked(`a lawful open was answered ${opened.status}`)
    const { channel } = prepared
    await channel.streamToPause(units(sold))
    const second = subject.of(here)
    const own = await (await anotherPayer(second)).open()
    // The very open, and the voucher that paid for everything there.
    await (await payer.send(prepared, { on: second, method: subject.refusable })).text()
    await t.check('other-store.sold-once', () => soldAgain(channel, second))
    // It serves whom it knows.
    await own.streamToPause(units(sold))
  },
})

/** Units that are paid for once. */
const sold = 3

async function soldAgain(channel: ChannelUnderTest, on: Subject): Promise<Finding> {
  const stream = await channel.stream(channel.accepted, { on })
  if (stream.isEventStream) await stream.waitFor(() => stream.asks.length > 0 || stream.units.length >= sold)
  const { length } = stream.units
  stream.abort()
  return length === 0
    ? holds
    : broken('no unit for a voucher that paid for others elsewhere', `${length} units`, {
        money: 'one deposit buys from every server of the account, and again after each loss of memory',
      })
}
