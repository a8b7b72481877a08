/** Vouchers that come too fast are put off, and only they (spec/readings.md B13). */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Challenge } from '../../../../../src/mpp/challenge.ts'
import { scenario } from '../../../../runner/scenario.ts'
import { absent, broken, equal, holds, holdsIf } from '../../../../runner/verdict.ts'
import type { ChannelUnderTest } from '../../channel.ts'
import { isPutOff, longestWait } from '../../patience.ts'
import type { Fixtures } from '../../suite.ts'

export const rate = scenario({
  id: 'mpp/server/rate',
  title: 'Vouchers that come too fast are put off, and only they',
  checks: {
    'rate.limited': 'SESS-DOS-001',
    'rate.refusal': 'SESS-DOS-001',
    'rate.other-channel': 'SESS-DOS-001',
    'rate.recovers': 'SESS-DOS-001',
    'rate.honest': 'SESS-DOS-001',
  },

  async run(t, { payer, units, anotherPayer }: Fixtures) {
    const channel = await payer.open()
    const bystander = await (await anotherPayer()).open()
    await (await channel.voucher(units(2))).text()
    const challenges = await challengesFor(channel, burstSize)
    const burst = challenges.map((challenge) => channel.voucher(units(2), {}, { challenge, impatient: true }))
    const answers = await Promise.all(burst)
    const elsewhere = await bystander.voucher(units(2), {}, { impatient: true })
    await Promise.all([...answers, elsewhere].map((answer) => answer.text()))
    const putOff = answers.filter(isPutOff)
    await t.check('rate.limited', () =>
      putOff.length > 0
        ? holds
        : broken(`some of ${burstSize} vouchers at once put off`, 'none', { softly: true }),
    )
    await t.check('rate.other-channel', () =>
      holdsIf(elsewhere.accepted, '2xx on a channel of another payer', String(elsewhere.status)),
    )
    const notLimited = absent(`none of ${burstSize} vouchers at once was put off`)
    await t.check('rate.recovers', async () => {
      if (putOff.length === 0) return notLimited
      await sleep(longestWait(putOff))
      const answer = await channel.voucher(units(3), {}, { impatient: true })
      await answer.text()
      return holdsIf(answer.accepted, '2xx after the wait that was asked for', String(answer.status))
    })
    await t.check('rate.refusal', async () => {
      const [first] = putOff
      if (first === undefined) return notLimited
      if (putOff.some((answer) => answer.field('payment-receipt') !== undefined))
        return broken('no receipt', 'a receipt with a voucher that was put off')
      return equal((await channel.books()).spent, 0n, 'spent')
    })
    await t.check('rate.honest', async () => {
      const steady = await payer.open()
      for (let count = 2; count <= 12; count++) {
        const answer = await steady.voucher(units(count), {}, { impatient: true })
        await answer.text()
        if (!answer.accepted)
          return broken('2xx to ten vouchers a second', `${answer.status} to voucher ${count - 1}`)
        await sleep(honestPaceMs)
      }
      return holds
    })
  },
})

/** Challenges for so many vouchers: one for all, where the server takes one again (spec/readings.md A6). */
async function challengesFor(channel: ChannelUnderTest, count: number): Promise<Challenge[]> {
  const { subject } = channel.payer
  const challenge = await subject.challenge()
  const again = async () => {
    const answer = await channel.voucher(channel.accepted, {}, { challenge })
    await answer.text()
    return answer.accepted
  }
  if ((await again()) && (await again())) return Array.from({ length: count }, () => challenge)
  return Promise.all(Array.from({ length: count }, () => subject.challenge()))
}

/** More than any sensible limit lets pass at once, where ten a second are recommended. */
const burstSize = 60
const honestPaceMs = 100
