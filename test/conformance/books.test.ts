/** The books of a story come from its facts alone: what may be captured, what is under way, and whose loss a loss is. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redact, Trace } from '../../conformance/kit/trace.ts'
import { type Books, books } from '../../conformance/peers/mpp/books/books.ts'
import {
  type ChannelBook,
  fairCapture,
  whyUncounted,
  worth,
} from '../../conformance/peers/mpp/books/channel.ts'
import type { ChannelEvent, Fact } from '../../conformance/peers/mpp/books/fact.ts'
import { Ledger } from '../../conformance/peers/mpp/books/ledger.ts'
import { figures, judge } from '../../conformance/peers/mpp/books/rules.ts'
import type { Bytes32 } from '../../src/codec/hex.ts'

const price = 1_000n
const server = 'http://127.0.0.1:1'
const payer = '0xaa'
const id = '0xc1'

/** The books of facts that were recorded in this order. */
function told(facts: readonly Fact[]): Books {
  const recorder = new Trace().recorder('story')
  const ledger = new Ledger(recorder)
  for (const fact of facts) ledger.record(fact)
  return books(recorder.since(0))
}

const on = (events: readonly ChannelEvent[], channel: Bytes32 = id): Fact[] =>
  events.map((event) => ({ channel, ...event }))

const channelOf = (all: Books, channel: Bytes32 = id): ChannelBook => {
  const book = all.channels.get(channel)
  if (book === undefined) throw new Error(`no channel ${channel}`)
  return book
}

const opened = (protocol: 'v1' | 'v2' = 'v2'): ChannelEvent[] => [
  { is: 'prepared', payer, protocol, deposit: 40n * price },
  { is: 'answered', act: 'open', amount: 0n, taken: true },
  { is: 'opened' },
]

const paid = (units: number): ChannelEvent[] => [
  { is: 'sent', act: 'voucher', amount: price * BigInt(units) },
  { is: 'answered', act: 'voucher', amount: price * BigInt(units), taken: true },
]

const streaming = (...counts: number[]): ChannelEvent[] => [
  { is: 'began', stream: 1, server, price, read: true },
  ...counts.map((units): ChannelEvent => ({ is: 'delivered', stream: 1, units, certain: units })),
]

const asked: ChannelEvent = { is: 'asked', stream: 1 }
const cut: ChannelEvent = { is: 'ended', stream: 1, how: 'by the kit' }
const closed = (units: number): ChannelEvent[] => [
  { is: 'on-chain', deposit: 0n, settled: 0n },
  { is: 'closed', captured: price * BigInt(units), refunded: price * BigInt(40 - units) },
]

/** Units that may be captured, from the least to the most. */
const fair = (events: readonly ChannelEvent[]): [number, number] => {
  const { least, most } = fairCapture(channelOf(told(on([...opened(), ...events]))))
  return [Number(least / price), Number(most / price)]
}

describe('what may be captured', () => {
  test('exactly what came, when the stream was cut while it waited', () =>
    expect(fair([...paid(5), ...streaming(1, 2, 3), asked, cut])).toEqual([3, 3]))

  test('exactly what came, when all that was authorized had come', () =>
    expect(fair([...paid(3), ...streaming(1, 2, 3), cut])).toEqual([3, 3]))

  test('what was authorized at most, when the stream was cut while it ran', () =>
    expect(fair([...paid(5), ...streaming(1, 2), cut])).toEqual([2, 5]))

  test('the same, when a voucher had woken it', () =>
    expect(fair([...paid(2), ...streaming(1, 2), asked, ...paid(4), cut])).toEqual([2, 4]))

  test('nothing more for a voucher that came when nobody listened any more', () =>
    expect(fair([...paid(2), ...streaming(1, 2), asked, cut, ...paid(4)])).toEqual([2, 2]))

  test('nothing more for a voucher that was refused, or repeats the highest', () => {
    const refused: ChannelEvent[] = [
      { is: 'sent', act: 'voucher', amount: 4n * price },
      { is: 'answered', act: 'voucher', amount: 4n * price, taken: false },
    ]
    expect(fair([...paid(3), ...streaming(2), asked, ...refused, ...paid(3), cut])).toEqual([2, 2])
  })

  test('more, when the answer to a voucher had not come', () => {
    const sent: ChannelEvent = { is: 'sent', act: 'voucher', amount: 4n * price }
    const [least, most] = fair([...paid(2), ...streaming(2), sent, cut, ...paid(4)])
    expect([least, most]).toEqual([2, 4])
  })

  test('what was authorized at most, when a voucher was never answered', () =>
    expect(fair([...paid(2), { is: 'sent', act: 'voucher', amount: 3n * price }])).toEqual([0, 3]))

  test('what was authorized at most, when nothing of it was read', () =>
    expect(fair([...paid(9), { is: 'began', stream: 1, server, price, read: false }])).toEqual([0, 9]))

  test('what was delivered before a close that was refused and landed late; not after one that was taken', () => {
    const close = (taken: boolean): ChannelEvent[] => [
      { is: 'sent', act: 'close', amount: 4n * price },
      { is: 'answered', act: 'close', amount: 4n * price, taken },
    ]
    expect(fair([...paid(4), ...streaming(2), ...close(false), ...streaming(3)])).toEqual([2, 3])
    expect(fair([...paid(4), ...streaming(2), ...close(false), ...streaming(3), ...close(true)])).toEqual([
      3, 3,
    ])
  })

  test('in v1 the smallest voucher that covers what came', () => {
    const events = [...paid(2), ...paid(5), ...paid(9), ...streaming(3), asked, cut]
    const { most } = fairCapture(channelOf(told(on([...opened('v1'), ...events]))))
    expect(most).toBe(5n * price)
  })
})

describe('what cannot be counted', () => {
  const why = (facts: readonly Fact[]) => whyUncounted(channelOf(told(facts)))
  const killed: Fact = { is: 'killed', server }

  test('what was under way when the server was killed, and nothing else', () => {
    expect(why([...on([...opened(), ...paid(3), ...streaming(1)]), killed])).toMatch(/killed/)
    expect(why([...on([...opened(), ...paid(3), ...streaming(3), asked, cut]), killed])).toBeUndefined()
    expect(why([...on([...opened(), ...paid(3)]), killed])).toBeUndefined()
    const sent: ChannelEvent = { is: 'sent', act: 'voucher', amount: price }
    expect(why([...on([...opened(), sent]), killed])).toMatch(/killed/)
  })

  test('not for another server that was killed', () =>
    expect(
      why([
        ...on([...opened(), ...paid(3), ...streaming(1)]),
        { is: 'killed', server: 'http://127.0.0.1:2' },
      ]),
    ).toBeUndefined())

  test('content of two servers on one channel', () => {
    const other: ChannelEvent = { is: 'served', server: 'http://127.0.0.1:2', units: 1, price }
    expect(why(on([...opened(), ...paid(3), ...streaming(1), other]))).toMatch(/servers/)
    expect(why(on([...opened(), ...paid(3), ...streaming(0), other]))).toBeUndefined()
  })

  test('a repeat under its key, where no receipt tells whether it was charged', () => {
    const served = (more: object): ChannelEvent => ({ is: 'served', server, units: 1, price, ...more })
    expect(why(on([...opened(), served({ key: 'a' }), served({ key: 'a' })]))).toMatch(/no receipt/)
    expect(why(on([...opened(), served({ key: 'a' }), served({ key: 'b' }), served({})]))).toBeUndefined()
    expect(why(on([...opened(), served({ key: 'a' }), served({ key: 'a', spent: 1n })]))).toBeUndefined()
  })

  test('content that is no stream', () =>
    expect(why(on([...opened(), { is: 'uncountable' }]))).toMatch(/no stream/))
})

test('a repeat under its key is counted once: not under another key, not with another total', () => {
  const served = (more: object): ChannelEvent => ({ is: 'served', server, units: 1, price, ...more })
  const units = (...events: ChannelEvent[]) => worth(channelOf(told(on([...opened(), ...events])))) / price
  expect(units(served({ key: 'a', spent: 1n }), served({ key: 'a', spent: 1n }))).toBe(1n)
  expect(units(served({ key: 'a', spent: 1n }), served({ key: 'b', spent: 1n }))).toBe(2n)
  expect(units(served({ key: 'a', spent: 1n }), served({ key: 'a', spent: 2n }))).toBe(2n)
  expect(units(served({ spent: 1n }), served({ spent: 1n }))).toBe(2n)
})

const money = (all: Books) =>
  Object.fromEntries(judge(all).map(({ id: rule, verdict }) => [rule.replace('audit.', ''), verdict]))

/** A lawful story of one channel: what it delivers, captures and leaves its payer. */
const story = fc
  .record({ units: fc.nat(30), more: fc.nat(9), fees: fc.nat(5_000), gave: fc.nat(1_000) })
  .map(({ units, more, fees, gave }) => {
    const captured = price * BigInt(units)
    const funds = 100n * price
    const balance = funds - captured - BigInt(fees) - BigInt(gave)
    const counts = Array.from({ length: units }, (_, i) => i + 1)
    const facts = (change: { captured?: bigint; balance?: bigint }): Fact[] => [
      { is: 'funded', payer, amount: funds },
      { is: 'signed', payer, transaction: '0xf1' },
      ...on([...opened(), ...paid(units + more), ...streaming(...counts), asked, cut]),
      ...on([{ is: 'wound-up', accepted: price * BigInt(units + more), spent: captured }]),
      ...on([
        { is: 'on-chain', deposit: 0n, settled: 0n },
        {
          is: 'closed',
          captured: change.captured ?? captured,
          refunded: 40n * price - (change.captured ?? captured),
        },
      ]),
      { is: 'gave', payer, amount: BigInt(gave) },
      { is: 'fee', payer, transaction: '0xf1', amount: BigInt(fees) },
      { is: 'balance', payer, amount: change.balance ?? balance },
    ]
    return { facts, captured, balance, more }
  })

test('a lawful story breaks no rule; each base unit that is captured, kept or lost besides breaks one', () => {
  fc.assert(
    fc.property(story, fc.integer({ min: 1, max: 900 }), ({ facts, captured, balance }, off) => {
      const lawful = told(facts({}))
      expect(new Set(Object.values(money(lawful)))).toEqual(new Set(['pass']))
      expect(figures(lawful)).toMatchObject({ captured, deposited: 40n * price, locked: 0n })
      expect(money(told(facts({ balance: balance - BigInt(off) })))['conserved']).toBe('fail')
      const taken = { captured: captured + BigInt(off), balance: balance - BigInt(off) }
      expect(money(told(facts(taken)))).toMatchObject({ conserved: 'pass', 'captured-is-delivered': 'fail' })
    }),
  )
})

test('what happens to other channels, payers and payments in between moves nothing', () => {
  const events = fc
    .array(
      fc.constantFrom<ChannelEvent>(...paid(2), ...paid(7), ...streaming(1, 2), asked, cut, ...closed(2)),
    )
    .map((some) => [...opened(), ...some])
  fc.assert(
    fc.property(events, events, fc.array(fc.boolean()), (one, other, order) => {
      const [mine, theirs] = [on(one), on(other, '0xc2')]
      const mixed: Fact[] = []
      for (const first of order) mixed.push(...(first ? mine : theirs).splice(0, 1))
      mixed.push(...mine, ...theirs, { is: 'gave', payer, amount: 1n })
      expect(channelOf(told(mixed))).toEqual(channelOf(told(on(one))))
      expect(channelOf(told(mixed), '0xc2')).toEqual(channelOf(told(on(other, '0xc2')), '0xc2'))
    }),
  )
})

test('a payment its payer broadcast and got nothing for is its own loss; one the server took is not', () => {
  const payment = '0xbb'
  const signed: Fact = { is: 'charge-signed', payment, payer, price, to: ['0xdd'] }
  const moved: Fact[] = [
    { is: 'charge-moved', payment, amount: price },
    { is: 'transferred', payer, amount: price },
    { is: 'balance', payer, amount: 0n },
  ]
  const funded: Fact = { is: 'funded', payer, amount: price }
  const verdict = (...more: Fact[]) =>
    money(told([funded, signed, ...more, ...moved]))['charged-is-delivered']
  expect(verdict({ is: 'charge-pushed', payment })).toBe('pass')
  expect(verdict({ is: 'charge-unanswered', payment })).toBe('pass')
  expect(verdict({ is: 'charge-taken', payment })).toBe('pass')
  expect(verdict()).toBe('fail')
  expect(verdict({ is: 'charge-taken', payment }, { is: 'charge-taken', payment })).toBe('fail')
})

test('the books a story asks on its way are those of its trace, and facts are shown as JSON can write them', () => {
  const recorder = new Trace().recorder('story')
  const ledger = new Ledger(recorder)
  for (const fact of on([...opened(), ...paid(3), ...streaming(1, 2, 3), asked, cut, ...closed(3)])) {
    ledger.record(fact)
    expect(ledger.channel(id)).toEqual(channelOf(books(recorder.since(0))))
  }
  ledger.record({ is: 'topped-up', channel: id, by: 5n })
  const drawn = recorder.since(0).findLast((entry) => entry.kind === 'money')
  expect(drawn).toMatchObject({ figures: { accepted: '3000', delivered: '3000', settled: '3000' } })
  const shown: unknown = JSON.parse(
    JSON.stringify(recorder.since(0).map((entry) => redact(entry, { secretFields: [] }))),
  )
  expect(shown).toContainEqual(expect.objectContaining({ fact: { is: 'topped-up', channel: id, by: '5' } }))
})
