/** The same payment presented again buys nothing, credits nothing and resets nothing. */
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holdsIf } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'

export const replay = scenario({
  id: 'mpp/server/replay',
  title: 'A payment presented again buys nothing and resets nothing',
  needs: ['stream'],
  checks: {
    'replay.open': 'SESS-OPEN-016',
    'replay.top-up': 'SESS-TOPUP-010',
  },
  faults: () => import('./replay.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await replayedOpen(t, fixtures)
    await replayedTopUp(t, fixtures)
  },
})

type T = Parameters<typeof replay.run>[0]

/** Whatever a second open is answered, what was spent stays spent (spec/readings.md A9). */
async function replayedOpen(t: T, { payer, units, subject }: Fixtures): Promise<void> {
  const prepared = await payer.prepareOpen()
  const challenge = await subject.challenge()
  const first = await payer.send(prepared, { challenge })
  await first.text()
  if (!first.accepted) throw new Blocked(`a lawful open was answered ${first.status}`)
  const { channel } = prepared
  await channel.streamToPause(units(2))

  // The very credential again, then the same payload under a fresh challenge.
  for (const how of [{ challenge }, {}]) {
    const options = { method: subject.management, account: payer.account, ...how }
    await (await subject.pay(Payload.toJson(prepared.payload), options)).text()
  }
  await t.check('replay.open', async () => {
    const respent = await channel.stream(units(2))
    if (respent.isEventStream) await respent.firstSign()
    const served = respent.units.length
    respent.abort()
    if (served > 0)
      return broken('no unit for a voucher that was spent', `${served} units`, {
        money: 'service for nothing',
      })
    return equal((await channel.books()).spent, units(2), 'spent')
  })
}

/** The same top-up three times: the deposit rises once (spec/readings.md A10). */
async function replayedTopUp(t: T, { payer, units }: Fixtures): Promise<void> {
  const channel = await payer.open()
  const prepared = await channel.prepareTopUp(units(10))
  const payload = Payload.toJson(prepared)
  const first = await channel.presentTopUp(prepared)
  await first.text()
  if (!first.accepted) throw new Blocked(`a lawful top-up was answered ${first.status}`)
  await Promise.all([channel.send(payload), channel.send(payload)].map(async (sent) => (await sent).text()))
  await t.check('replay.top-up', async () => {
    const answer = await channel.send(Payload.toJson(await channel.signVoucher(channel.deposit + 1n)))
    await answer.text()
    return holdsIf(!answer.accepted, 'no voucher above the deposit on chain', String(answer.status))
  })
}
