/** Vouchers that come too fast are put off, and only they (spec/readings.md B13). */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Challenge } from '../../../../../src/mpp/wire/challenge.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, equal, type Finding, holds, holdsIf, unjudged } from '../../../../kit/verdict.ts'
import { whyNot } from '../../../../peers/mpp/offers.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import { isPutOff, longestWait } from '../../../../peers/mpp/payer/patience.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { buy } from '../../../../peers/mpp/payer/purchase.ts'
import type { Fixtures } from '../fixtures.ts'
import { stranger } from '../strangers.ts'

export const rate = scenario({
  id: 'mpp/server/rate',
  title: 'Vouchers that come too fast are put off, and only they',
  checks: {
    'rate.limited': 'SESS-DOS-001',
    'rate.refusal': 'SESS-DOS-001',
    'rate.other-channel': 'SESS-DOS-001',
    'rate.recovers': 'SESS-DOS-001',
    'rate.honest': 'SESS-DOS-001',
    'rate.stranger': 'SESS-DOS-006',
    'rate.prepaid': 'SESS-DOS-006',
  },
  faults: () => import('./rate.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const { payer, units, anotherPayer } = fixtures
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
    await t.check('rate.stranger', () => strangers(payer, bystander))
    await t.check('rate.prepaid', () => prepaid(fixtures))
  },
})

/**
 * Vouchers of a stranger for somebody's channel, many at once, then one of its payer. A server may limit by address,
 * and all the kit sends comes from one: it is judged only where another channel goes on at the same time.
 */
async function strangers(payer: Payer, bystander: ChannelUnderTest): Promise<Finding> {
  const { units } = payer.subject
  const channel = await payer.open()
  const challenges = await challengesFor(channel, burstSize)
  const amount = channel.accepted + units(1)
  const forged = Payload.toJson(await channel.signVoucher(amount, stranger))
  const flood = challenges.map((challenge) => channel.send(forged, { challenge, impatient: true }))
  const answers = await Promise.all(flood)
  await Promise.all(answers.map((answer) => answer.text()))
  if (answers.some(({ accepted }) => accepted)) return unjudged('vouchers of a stranger are accepted')
  const [own, elsewhere] = await Promise.all([
    channel.voucher(amount, {}, { impatient: true }),
    bystander.voucher(bystander.accepted + units(1), {}, { impatient: true }),
  ])
  await Promise.all([own.text(), elsewhere.text()])
  if (!elsewhere.accepted) return absent('all vouchers from one address are put off')
  return isPutOff(own)
    ? broken("2xx to the payer's own voucher", `${own.status} after ${burstSize} forged ones`, {
        money: 'who knows the id of a channel can stop what its payer paid for',
      })
    : holdsIf(own.accepted, "2xx to the payer's own voucher", String(own.status))
}

/** Content for a voucher that pays for all of it, at once. */
async function prepaid({ subject, anotherPayer }: Fixtures): Promise<Finding> {
  if (!subject.options.resources.has('plain')) return absent(whyNot('plain'))
  const payer = await anotherPayer(subject.at('plain'))
  const { units } = payer.subject
  const channel = await payer.open()
  const total = units(prepaidRequests + 2)
  const challenges = await challengesFor(channel, prepaidRequests)
  if (!(await buy(channel, total)).served) return unjudged('a paid request was not served')
  const bought = await Promise.all(
    challenges.map((challenge) => buy(channel, total, { challenge, impatient: true })),
  )
  const putOff = bought.filter(({ answer }) => isPutOff(answer))
  return putOff.length === 0
    ? holds
    : broken(`all of ${prepaidRequests} requests served that are paid for`, `${putOff.length} put off`, {
        softly: true,
      })
}

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
/** More than a second's worth. */
const prepaidRequests = 30
