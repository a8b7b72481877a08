/**
 * A server that is asked to end while a stream is open: it ends, though the stream would not, and what was delivered can
 * be claimed after the next start.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holdsIf } from '../../../../kit/verdict.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'

/** Units delivered before it is asked to end. */
const delivered = 2

export const stop = scenario({
  id: 'mpp/server/stop',
  title: 'A server that is asked to end does, whatever streams are open, and claims what it delivered',
  needs: ['start', 'stream'],
  checks: {
    'stop.ends': 'SESS-CRASH-005',
    'stop.remembers': ['SESS-CRASH-004', 'SESS-CLOSE-004'],
  },
  faults: () => import('./stop.faults.ts').then(({ faults }) => faults),

  async run(t, { subject, anotherPayer, launch, units }: Fixtures) {
    const instance = await launch()
    const payer = await anotherPayer(subject.of(instance))
    const channel = await payer.open()
    // It waits for a voucher that does not come, on a connection that its reader keeps.
    const waiting = await channel.stream(units(delivered))
    await waiting.waitFor(() => waiting.asks.length > 0)
    if (waiting.units.length !== delivered)
      throw new Blocked(`${waiting.units.length} units came where ${delivered} were paid`)
    const ended = await instance.terminate()
    await t.check('stop.ends', () =>
      holdsIf(ended, 'an end soon after SIGTERM', 'it ran on, with a stream open, and was killed'),
    )
    waiting.abort()
    await instance.restart()
    await t.check('stop.remembers', async () => {
      // It may have claimed it when it was stopped, or when it was started: then this close is refused.
      const answer = await channel.close(units(delivered))
      const body = await answer.text()
      const amount = (await channel.backing.closings(channel.id))[0]?.settledToPayee
      return amount === undefined
        ? broken('a close that captures what was delivered', describe(answer, body), {
            money: 'what was delivered before the stop cannot be collected',
          })
        : equal(amount, channel.captures(units(delivered)), 'captured')
    })
  },
})
