/** The same request again, under its Idempotency-Key: answered again to the same payer only, and charged once. */
import type { Challenge } from '../../../../../src/mpp/wire/challenge.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, equal, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import { whyNot } from '../../../../peers/mpp/offers.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { Payer } from '../../../../peers/mpp/payer/payer.ts'
import { buy, hangUp, type Purchase, received } from '../../../../peers/mpp/payer/purchase.ts'
import { receiptFrom, silent } from '../../../../peers/mpp/payer/receipt.ts'
import { describe } from '../answers.ts'
import type { Fixtures } from '../fixtures.ts'
import { under } from '../keys.ts'
import { otherUrl } from './other-url.ts'

export const idempotency = scenario({
  id: 'mpp/server/idempotency',
  title: 'A request repeated under its key is answered again and charged once',
  needs: ['plain'],
  checks: {
    'idempotency.voucher': 'SESS-IDEM-001',
    'idempotency.remembered': ['SESS-IDEM-003', 'CORE-IDEM-004'],
    'idempotency.charged-once': 'SESS-IDEM-004',
    'idempotency.after-hang-up': 'SESS-IDEM-004',
    'idempotency.parallel': 'SESS-IDEM-006',
    'idempotency.other-payer': 'CORE-IDEM-005',
    'idempotency.other-request': 'CORE-IDEM-005',
    'idempotency.other-url': ['CORE-IDEM-005', 'SESS-ACCT-005'],
    'idempotency.post': 'CORE-IDEM-003',
    'idempotency.mended': 'SESS-ACCT-005',
    'idempotency.unpaid': 'CORE-IDEM-001',
  },
  faults: () => import('./idempotency.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    const plain = fixtures.subject.at('plain')
    const payer = await fixtures.anotherPayer(plain)
    await vouchers(t, payer)
    await repeats(t, payer, await fixtures.anotherPayer(plain))
    await posts(t, payer)
    await mended(t, payer)
  },
})

type T = Parameters<typeof idempotency.run>[0]

/** The highest voucher again, by other methods and by several at once. */
async function vouchers(t: T, payer: Payer): Promise<void> {
  const { units, management } = payer.subject
  await t.check('idempotency.voucher', async () => {
    const channel = await payer.open()
    for (const count of [2, 4]) await (await channel.voucher(units(count))).text()
    const again = await Promise.all(
      [management, 'HEAD', management, 'HEAD'].map((method) => channel.voucher(units(4), {}, { method })),
    )
    for (const answer of again) {
      await answer.text()
      const accepted = receiptFrom(answer, payer.subject)?.acceptedCumulative
      if (!answer.accepted || accepted !== units(4))
        return broken(`2xx, accepted ${units(4)}`, `${answer.status}, accepted ${accepted}`)
    }
    return holds
  })
}

/** One key many times over, and what others get under it. */
async function repeats(t: T, payer: Payer, stranger: Payer): Promise<void> {
  const { subject } = payer
  const { units } = subject
  const channel = await payer.open()
  /** A key belongs to a challenge (spec/readings.md F7), and a server may take a challenge for one request only (A6). */
  const challenges = new Map<string, Promise<Challenge>>()
  const challengeOf = (key: string) => {
    const issued = challenges.get(key) ?? subject.challenge()
    challenges.set(key, issued)
    return issued
  }
  const asking = async (key: string) => ({ challenge: await challengeOf(key), ...under(payer, key) })
  const ask = async (key: string) => buy(channel, units(8), await asking(key))
  const first = await ask('first')
  if (!first.served) throw new Blocked(`a paid request was answered ${describe(first.answer, first.body)}`)
  const second = await ask('first')
  const spentOf = ({ receipt }: Purchase) => receipt?.spent ?? 0n
  const remembers = second.served && spentOf(second) === spentOf(first)
  /** Judges only a server that honours keys: one that does not charges every request, and must say so. */
  const ifHonoured = (check: Parameters<typeof t.check>[0], judge: () => Promise<Finding>) =>
    t.check(check, async () => {
      if (second.served && spentOf(second) < spentOf(first))
        return broken(`spent ${spentOf(first)}`, `spent ${spentOf(second)}`)
      return remembers
        ? judge()
        : absent('the server charges or refuses repeats: it does not honour Idempotency-Key')
    })
  await t.check('idempotency.remembered', () =>
    holdsIf(
      remembers && second.body === first.body,
      'the first answer with its receipt',
      `${describe(second.answer, second.body)}, spent ${spentOf(second)} after ${spentOf(first)}`,
    ),
  )
  await ifHonoured('idempotency.charged-once', async () =>
    equal((await channel.books()).spent, units(1), 'spent after a repeat'),
  )
  const rise = async (act: () => Promise<unknown>) => {
    const before = (await channel.books()).spent
    await act()
    return (await channel.books()).spent - before
  }
  await ifHonoured('idempotency.after-hang-up', async () => {
    const risen = await rise(async () => {
      await hangUp(channel, units(8), await asking('dropped'))
      await subject.roundTrip()
      await ask('dropped')
    })
    return equal(risen, units(1), 'spent for a request whose first answer was lost')
  })
  await ifHonoured('idempotency.parallel', async () => {
    const risen = await rise(() => Promise.all(Array.from({ length: 10 }, () => ask('parallel'))))
    return equal(risen, units(1), 'spent for one request sent ten times at once')
  })
  await others(t, { channel, challenge: await challengeOf('first'), first, stranger })
}

interface Others {
  channel: ChannelUnderTest
  challenge: Challenge
  first: Purchase
  stranger: Payer
}

/** Who has another channel, another request or no payment at all is not given the stored answer. */
async function others(t: T, { channel, challenge, first, stranger }: Others): Promise<void> {
  const { subject } = stranger
  const { units } = subject
  const same = under(channel.payer, 'first')
  await t.check('idempotency.other-payer', async () => {
    const own = await stranger.open()
    const { served, receipt } = await buy(own, units(2), { challenge, ...same })
    if (!served) return holds
    if (receipt === undefined && subject.options.reading === 'chain') throw new Blocked(silent)
    return receipt?.channelId === own.id
      ? equal((await own.books()).spent, units(1), 'spent by another payer')
      : broken('an answer of their own to another payer', `the receipt of ${receipt?.channelId}`)
  })
  await t.check('idempotency.other-request', async () => {
    const { served, receipt } = await buy(channel, units(8), {
      challenge,
      method: 'POST',
      body: 'another request',
      ...same,
    })
    const stored = served && receipt?.spent === first.receipt?.spent
    return holdsIf(!stored, 'a refusal or an answer of its own', 'the answer to another request')
  })
  await t.check('idempotency.other-url', () => {
    if (!subject.options.resources.has('sibling')) return absent(whyNot('sibling'))
    const ask = { challenge, ...same }
    return otherUrl(channel, { first, ask, sibling: subject.at('sibling') })
  })
  await t.check('idempotency.unpaid', async () => {
    const before = await channel.books()
    for (const method of ['GET', 'POST', 'PUT', 'DELETE']) {
      const body = method === 'POST' || method === 'PUT' ? { body: 'unpaid' } : {}
      const answer = await subject.request({ method, ...body, ...same })
      const text = await answer.text()
      if (answer.status < 400 || answer.field('payment-receipt') !== undefined)
        return broken(`a refusal of an unpaid ${method}`, describe(answer, text))
    }
    return equal((await channel.books()).spent, before.spent, 'spent after unpaid requests')
  })
}

/** A request with a body, twice: what a method does must not be done twice. */
async function posts(t: T, payer: Payer): Promise<void> {
  const { subject } = payer
  const { units } = subject
  await t.check('idempotency.post', async () => {
    const channel = await payer.open()
    const body = 'do this once'
    const unpaid = await subject.request({ method: 'POST', body, note: 'for a challenge for this body' })
    await unpaid.text()
    const challenge = subject.sessionIn(unpaid)
    if (challenge === undefined) return absent(`an unpaid POST is answered ${unpaid.status}`)
    const options = { challenge, method: 'POST', body, ...under(payer, 'post') }
    const twice = [await buy(channel, units(3), options), await buy(channel, units(3), options)] as const
    const [first, second] = twice
    if (!first.served) return absent(`a paid POST is answered ${describe(first.answer, first.body)}`)
    return equal(second.receipt?.spent, first.receipt?.spent, 'spent in the receipt of the repeat')
  })
}

/** A request that was refused and then paid for is served, whatever key it has. */
async function mended(t: T, payer: Payer): Promise<void> {
  const { units } = payer.subject
  await t.check('idempotency.mended', async () => {
    const channel = await payer.open()
    if (!(await buy(channel, units(1))).served) throw new Blocked('a paid request was not served')
    const poor = await buy(channel, units(1), under(payer, 'mended'))
    if (poor.served) throw new Blocked('a request without balance was served')
    const { served, answer, body } = await received(
      channel,
      await channel.voucher(units(2), {}, { method: 'GET', ...under(payer, 'mended') }),
    )
    return holdsIf(served, '2xx once it is paid', describe(answer, body))
  })
}
