/** Streams that race: with a second one, with vouchers, with a close, with the client hanging up. */
import { scenario } from '../../../../kit/scenario.ts'
import { Blocked, broken, equal, holds, holdsIf } from '../../../../kit/verdict.ts'
import type { ChannelUnderTest } from '../../../../peers/mpp/payer/channel.ts'
import type { StreamUnderTest } from '../../../../peers/mpp/payer/stream.ts'
import type { Fixtures } from '../fixtures.ts'

export const streaming = scenario({
  id: 'mpp/server/streaming',
  title: 'Streams that race with other streams, vouchers and a close deliver what is paid for',
  needs: ['stream'],
  units: 12,
  checks: {
    'streaming.ask-is-true': 'SESS-SSE-003',
    'streaming.over-deposit': ['SESS-SSE-016', 'SESS-VOUCH-008'],
    'streaming.two-at-once': ['SESS-SSE-015', 'SESS-ACCT-011'],
    'streaming.second': ['SESS-SSE-015', 'SESS-ACCT-011'],
    'streaming.second-ends-first': 'SESS-GEN-004',
    'streaming.racing-vouchers': ['SESS-GEN-005', 'SESS-GEN-006'],
    'streaming.hung-up': 'SESS-RCPT-005',
    'streaming.close-ends': 'SESS-SSE-012',
    'streaming.close-race': 'SESS-CLOSE-012',
  },
  faults: () => import('./streaming.faults.ts').then(({ faults }) => faults),

  async run(t, fixtures: Fixtures) {
    await paused(t, fixtures)
    await twoStreams(t, fixtures)
    await racingVouchers(t, fixtures)
    await hangingUp(t, fixtures)
    await closing(t, fixtures)
  },
})

type T = Parameters<typeof streaming.run>[0]

/** A stream of a fresh channel that has delivered `count` units and paused. */
async function pausedAt(
  { payer, units }: Fixtures,
  count: number,
): Promise<{ channel: ChannelUnderTest; running: StreamUnderTest }> {
  const channel = await payer.open()
  const running = await channel.stream(units(count))
  await running.untilPause()
  if (running.units.length !== count)
    throw new Blocked(`${running.units.length} units came where ${count} were paid`)
  return { channel, running }
}

/** What the stream asks for is what the books say, and no voucher above the deposit answers it. */
async function paused(t: T, fixtures: Fixtures): Promise<void> {
  const { units, subject } = fixtures
  const { channel, running } = await pausedAt(fixtures, 2)
  await t.check('streaming.ask-is-true', () => {
    const { ask } = running
    if (ask === undefined || Object.values(ask).includes(undefined))
      throw new Blocked('the need-voucher event cannot be read (see stream.need-voucher-fields)')
    const said = `channel ${ask.channelId}, accepted ${ask.acceptedCumulative}, deposit ${ask.deposit}`
    const truth = `channel ${channel.id}, accepted ${units(2)}, deposit ${channel.deposit}`
    return equal(said, truth, 'the event says')
  })
  await t.check('streaming.over-deposit', async () => {
    const answer = await channel.voucher(channel.deposit + units(1))
    await answer.text()
    await subject.roundTrip()
    if (answer.accepted) return broken('a refusal', String(answer.status), { money: 'no deposit covers it' })
    return equal(running.units.length, 2, 'units after a voucher above the deposit')
  })
  running.abort()
}

/** One authorization, two streams: together they deliver what it pays for. */
async function twoStreams(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units, subject } = fixtures
  await t.check('streaming.two-at-once', async () => {
    const channel = await payer.open()
    const both = await Promise.all([channel.stream(units(3)), channel.stream(units(3))])
    const streams = both.filter((each) => each.isEventStream)
    if (streams.length === 0) throw new Blocked('neither of two streams was answered')
    await Promise.all(streams.map((each) => each.waitFor(() => each.asks.length > 0)))
    await subject.roundTrip()
    for (const each of streams) each.abort()
    return equal(delivered(streams), 3, 'units on both streams')
  })

  const { channel, running: first } = await pausedAt(fixtures, 2)
  const second = await channel.stream(units(5))
  if (second.isEventStream) await second.waitFor(() => second.asks.length > 0)
  await subject.roundTrip()
  await t.check('streaming.second', () => {
    const total = delivered([first, second])
    return holdsIf(total <= 5, 'at most 5 units on both streams', `${total} units`)
  })
  await t.check('streaming.second-ends-first', () => {
    if (!second.isEventStream) throw new Blocked(`the second stream was answered ${second.answer.status}`)
    return holdsIf(first.ended === 'by the target', 'the older stream ended', first.ended ?? 'it goes on')
  })
  for (const each of [first, second]) each.abort()
}

const delivered = (streams: readonly StreamUnderTest[]): number =>
  streams.reduce((total, { units }) => total + units.length, 0)

/** Vouchers on eight connections at once, the highest in the middle: the highest counts, once. */
async function racingVouchers(t: T, fixtures: Fixtures): Promise<void> {
  const { units, subject } = fixtures
  const { channel, running } = await pausedAt(fixtures, 3)
  const challenge = await subject.challenge()
  const counts = [6, 4, 9, 11, 5, 7, 10, 8]
  const answers = await Promise.all(counts.map((count) => channel.voucher(units(count), {}, { challenge })))
  await Promise.all(answers.map((answer) => answer.text()))
  const paid = Number(channel.accepted / units(1))
  if (paid === 3) throw new Blocked('none of eight vouchers was accepted')
  await running.waitFor(() => running.units.length >= paid)
  await subject.roundTrip()
  await t.check('streaming.racing-vouchers', async () => {
    if (running.units.length !== paid) return broken(`${paid} units`, `${running.units.length} units`)
    const { accepted, spent } = await channel.books()
    return equal(
      `accepted ${accepted}, spent ${spent}`,
      `accepted ${units(paid)}, spent ${units(paid)}`,
      'books:',
    )
  })
  running.abort()
}

/** The client hangs up: what it received is charged, and no voucher pays for more of the abandoned stream. */
async function hangingUp(t: T, { payer, units, subject }: Fixtures): Promise<void> {
  await t.check('streaming.hung-up', async () => {
    const channel = await payer.open()
    for (let signed = 1; signed <= 10; signed += 3) {
      const running = await channel.stream(units(signed))
      await running.until(() => running.asks.length > 0)
      running.abort()
      await subject.roundTrip()
      // Two more units are paid for, but the client has left.
      await (await channel.voucher(units(signed + 2))).text()
      await subject.roundTrip()
      if (channel.delivered !== signed)
        throw new Blocked(`${channel.delivered} units came where ${signed} were paid`)
      const { spent } = await channel.books()
      if (spent !== units(signed))
        return broken(`spent ${units(signed)} after hanging up`, `spent ${spent}`, {
          money: 'the payer pays for what nobody received',
        })
    }
    return holds
  })
}

/** A close while a stream runs: the stream ends, and what it delivered is captured. */
async function closing(t: T, fixtures: Fixtures): Promise<void> {
  const { payer, units, subject } = fixtures
  await t.check('streaming.close-ends', async () => {
    const { channel, running } = await pausedAt(fixtures, 2)
    const answer = await channel.close(units(2))
    await answer.text()
    if (!answer.accepted) throw new Blocked(`a lawful close was answered ${answer.status}`)
    await running.waitFor(() => running.ended !== undefined)
    const last = running.events.at(-1)?.event
    const seen = `${running.ended ?? 'it goes on'}, last event ${last}`
    running.abort()
    return equal(seen, 'by the target, last event payment-receipt', 'the stream:')
  })
  await t.check('streaming.close-race', async () => {
    const channel = await payer.open()
    // Each its own: a server may take a challenge once (spec/readings.md A6), and asking for one in between takes time.
    const [forStream, forClose] = await Promise.all([subject.challenge(), subject.challenge()])
    const running = await channel.stream(units(30), { challenge: forStream })
    const answer = await channel.close(units(30), {}, { challenge: forClose })
    await answer.text()
    await running.waitFor(() => running.ended !== undefined || running.asks.length > 0)
    running.abort()
    if (!answer.accepted) throw new Blocked(`a lawful close was answered ${answer.status}`)
    const [closed] = await channel.backing.closings(channel.id)
    if (closed === undefined) throw new Blocked('the channel was not closed on chain')
    const captured = closed.settledToPayee
    return equal(captured, channel.due(captured, units(running.units.length)), 'captured')
  })
}
