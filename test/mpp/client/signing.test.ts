/** What a payer signs, whatever a payee says: what was delivered, and one unit for each request under way (issues 11, 18). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PolicyError } from '../../../src/mpp/client/policy.ts'
import { session } from '../../../src/mpp/client/session.ts'
import { Tab } from '../../../src/mpp/client/tab.ts'
import * as Events from '../../../src/mpp/wire/events.ts'
import {
  challengeFor,
  eventStream,
  type FakePayee,
  fakePayee,
  paidFor,
  payable,
  price,
} from '../../support/fake-payee.ts'
import { collect, newChain, payer, startKit } from '../../support/kit.ts'

const url = 'http://payee.test/poem'
const chain = newChain()
const against = (payee: FakePayee, more: object = {}) =>
  session({ account: payer, chain, maxDeposit: '10', fetch: payee.fetch, ...more })

describe('minVoucherDelta', () => {
  test.each([
    ['the whole budget', 10_000_000n, {}],
    ['two units', 2_000n, {}],
    ['one base unit above the step', 3_001n, { unitsPerEvent: 3 }],
  ])('%s is declined, and nothing is signed', async (_, minVoucherDelta, more) => {
    const payee = fakePayee((seen) =>
      seen.payload === undefined ? payable(challengeFor({}, { minVoucherDelta })) : undefined,
    )
    await expect(against(payee, more).fetch(url)).rejects.toMatchObject({ code: 'delta-above-step' })
    expect(payee.signed()).toBe(0n)
  })

  test('the step itself is agreed to: two units at a time where that was agreed', async () => {
    await using kit = await startKit()
    const pay = kit.session({ unitsPerEvent: 2 })
    expect((await collect(pay.sse(`${kit.server.url}/delta`))).length).toBeGreaterThan(10)
    const closed = await pay.close()
    expect(closed?.acceptedCumulative).toBeLessThanOrEqual((closed?.spent ?? 0n) + 1_000n)
  })
})

test('receipts in mid-stream end nothing; the last one counts, also where it says less than one before', async () => {
  const payee = fakePayee(({ payload, method }) =>
    payload?.action === 'open' && method === 'GET'
      ? eventStream(function* () {
          const told = (spent: bigint) => Events.encodeReceipt(payee.receipt(spent))
          yield payee.ask(price)
          yield 'data: one\n\n'
          yield told(price)
          yield payee.ask(2n * price)
          yield 'data: two\n\n'
          yield told(2n * price)
          yield told(price)
        })
      : undefined,
  )
  const pay = against(payee)
  expect(await collect(pay.sse(url))).toEqual(['one', 'two'])
  expect(payee.signed()).toBe(2n * price)
  // One unit was given back: what is signed already pays for the next.
  await pay.fetch(url)
  expect(payee.signed()).toBe(2n * price)
})

describe('free events', () => {
  const words = ['a', 'b', 'c', 'd', 'e']
  /** Sells words; `free` frames stand before, between and after them. */
  const selling = (free: string) => (pay: Parameters<NonNullable<Parameters<typeof startKit>[0]>>[0]) =>
    pay.metered({ amount: '0.001', suggestedDeposit: '0.100' }, async function* (_, stream) {
      for (let i = 0; i < 3; i++) yield { data: 'free', event: free }
      for (const word of words) {
        await stream.charge()
        yield word
        for (let i = 0; i < 4; i++) yield { data: 'free', event: free }
      }
    })

  test.each(['ping', 'message'])('"%s" events do not raise what is signed next', async (name) => {
    await using kit = await startKit(selling(name))
    const pay = kit.session()
    for (const total of [5_000n, 10_000n, 15_000n]) {
      await collect(pay.sse(kit.url))
      expect(pay.channel?.authorized).toBe(total)
    }
    expect(await pay.close()).toMatchObject({ spent: 15_000n, acceptedCumulative: 15_000n })
  })

  test('a stream of nothing else costs nothing, however often it is read', async () => {
    await using kit = await startKit((pay) =>
      pay.metered({ amount: '0.001', suggestedDeposit: '0.100' }, async function* () {
        yield 'a title'
        yield 'and no more'
      }),
    )
    const pay = kit.session()
    for (let i = 0; i < 3; i++) await collect(pay.sse(kit.url))
    expect(pay.channel?.authorized).toBe(1_000n)
    expect(await pay.close()).toMatchObject({ spent: 0n, paid: 0n })
  })

  test('saved up before the first question they buy nothing', async () => {
    const payee: FakePayee = fakePayee((seen) =>
      seen.payload === undefined || seen.method !== 'GET'
        ? undefined
        : eventStream(function* () {
            for (let i = 0; i < 50; i++) yield 'data: free\n\n'
            for (let i = 0; i < 50; i++) yield payee.ask(payee.signed() + price)
          }),
    )
    await expect(collect(against(payee).sse(url))).rejects.toMatchObject({ code: 'beyond-delivery' })
    expect(payee.signed()).toBe(2n * price)
  })

  test('and they would, without the rule', async () => {
    const payee: FakePayee = fakePayee((seen) =>
      seen.payload === undefined || seen.method !== 'GET'
        ? undefined
        : eventStream(function* () {
            for (let i = 0; i < 20; i++) yield payee.ask(payee.signed() + price)
          }),
    )
    await collect(against(payee, { rules: { sign: { withinStep: () => undefined } } }).sse(url))
    expect(payee.signed()).toBe(21n * price)
  })

  test('an answer without a receipt may be free: the same voucher is offered again', async () => {
    const payee = fakePayee((seen) => (seen.payload === undefined ? undefined : new Response('free')))
    const pay = against(payee)
    for (let i = 0; i < 5; i++) await pay.fetch(url)
    expect(payee.signed()).toBe(price)
  })
})

describe('a payee without scruples', () => {
  /** What it does with one call, and within a stream. */
  const move = fc.oneof(
    fc.record({ kind: fc.constant('event' as const), name: fc.constantFrom('message', 'ping', 'unit') }),
    fc.record({
      kind: fc.constant('ask' as const),
      more: fc.bigInt({ min: -2_000n, max: 5_000n }),
      accepted: fc.constantFrom('signed', 'nothing', 'less') as fc.Arbitrary<'signed' | 'nothing' | 'less'>,
    }),
    fc.record({ kind: fc.constant('receipt' as const), spent: fc.bigInt({ min: 0n, max: 9_000n }) }),
  )
  const stream = fc.record({
    kind: fc.constant('stream' as const),
    moves: fc.array(move, { maxLength: 12 }),
    cut: fc.boolean(),
  })
  const single = fc.record({
    kind: fc.constantFrom(
      'ok' as const,
      'silent' as const,
      'short' as const,
      'refused' as const,
      'error' as const,
      'lost' as const,
    ),
  })
  const call: fc.Arbitrary<Act> = fc.oneof(stream, single)

  type Script = typeof stream extends fc.Arbitrary<infer T> ? T : never
  type Act = Script | (typeof single extends fc.Arbitrary<infer T> ? T : never)

  /** Runs calls one after the other; answers what was signed, what was delivered, and how many answers were lost. */
  async function run(calls: readonly Act[], unitsPerEvent: number, ahead: 0 | 1) {
    let delivered = 0
    let lost = 0
    let now: (typeof calls)[number] | undefined
    let worst = 0n
    const step = price * BigInt(unitsPerEvent)
    const look = () => {
      // Each lost answer may cost a unit, and never two without a delivery between.
      const excess = payee.signed() - step * BigInt(delivered + Math.min(lost, delivered + 1) + 1)
      if (excess > worst) worst = excess
    }
    const payee: FakePayee = fakePayee((seen) => {
      look()
      if (seen.payload === undefined) return undefined
      if (seen.method !== 'GET' || now === undefined) return undefined
      if (now.kind === 'lost') {
        lost++
        throw new TypeError('fetch failed')
      }
      if (now.kind === 'short') return payable(challengeFor(), 'session/insufficient-balance')
      if (now.kind === 'refused') return payable(challengeFor(), 'verification-failed')
      if (now.kind === 'error') {
        lost++
        return new Response('broken', { status: 500 })
      }
      delivered++
      if (now.kind === 'silent') return new Response('content')
      if (now.kind === 'ok') return paidFor(payee.receipt(payee.signed()))
      delivered--
      lost++
      return eventStream(frames(now as Script))
    })
    const frames = (script: Script) =>
      function* () {
        for (const one of script.moves) {
          look()
          if (one.kind === 'event') {
            if (one.name === 'message') delivered++
            yield `event: ${one.name}\ndata: x\n\n`
          } else if (one.kind === 'receipt') yield Events.encodeReceipt(payee.receipt(one.spent))
          else {
            const signed = payee.signed()
            const accepted = { signed, nothing: 0n, less: signed > price ? signed - price : 0n }[one.accepted]
            const required = signed + one.more
            if (required >= 0n) yield payee.ask(required, accepted)
          }
        }
        if (script.cut) throw new TypeError('terminated')
      }
    const pay = against(payee, { unitsPerEvent, ahead })
    for (const one of calls) {
      now = one
      await (one.kind === 'stream' ? collect(pay.sse(url)) : pay.fetch(url)).catch((error: unknown) => {
        if (!(error instanceof Error)) throw error
      })
      look()
    }
    return { worst, signed: payee.signed() }
  }

  test('never holds more than what it delivered, the next unit, and one for each answer that was lost', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom<0 | 1>(0, 1),
        async (calls, units, ahead) => {
          expect((await run(calls, units, ahead)).worst).toBe(0n)
        },
      ),
      { numRuns: 100 },
    )
  })

  test('that drops every answer and says it was spent gets two units in all', async () => {
    let tell = false
    const payee = fakePayee((seen) => {
      if (seen.payload === undefined) return undefined
      if (tell) return payable(challengeFor(), 'session/insufficient-balance')
      throw new TypeError('fetch failed')
    })
    const pay = against(payee)
    for (let i = 0; i < 10; i++) {
      tell = i % 2 === 1
      await expect(pay.fetch(url)).rejects.toThrow()
    }
    expect(payee.signed()).toBeLessThanOrEqual(2n * price)
  })
})

describe('the tab', () => {
  const amount = fc.bigInt({ min: 0n, max: 5_000n })
  const act = fc.record({
    kind: fc.constantFrom(
      'begin',
      'plan',
      'ask',
      'ahead',
      'deliver',
      'elsewhere',
      'refused',
      'unknown',
      'correct',
      'serve',
    ),
    which: fc.nat({ max: 3 }),
    amount,
  })

  test('stays exact, and below what was delivered and one step for each request', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts): void => {
        const spending = { authorized: 0n, delivered: 0n, doubtful: 0n }
        const tab = new Tab(spending)
        const claims: ReturnType<Tab['begin']>[] = []
        for (const { kind, which, amount: some } of acts) {
          const claim = claims[which]
          const before = spending.authorized
          try {
            if (kind === 'begin') {
              if (claims.length < 4) claims.push(tab.begin(2_000n, which % 2 === 0))
            } else if (kind === 'correct') tab.correct(some)
            else if (claim === undefined) continue
            else if (kind === 'plan') tab.commit(tab.plan(claim, 1_000n))
            else if (kind === 'ask')
              tab.commit(
                tab.answer(claim, {
                  requiredCumulative: spending.authorized + some,
                  acceptedCumulative: spending.authorized,
                }),
              )
            else if (kind === 'ahead') {
              const plan = tab.ahead(claim, 1_000n)
              if (plan !== undefined) tab.commit(plan)
            } else if (kind === 'deliver') tab.deliver(claim, some)
            else if (kind === 'elsewhere') tab.spentElsewhere(claim, 1_000n)
            else if (kind === 'serve') tab.serve(claim)
            else tab.end(claim, kind)
          } catch (error) {
            if (!(error instanceof PolicyError)) throw error
          }
          if (kind === 'refused' || kind === 'unknown' || kind === 'serve') claims.splice(which, 1)
          const open = claims.reduce((sum, { open }) => sum + open, 0n)
          expect(spending.authorized).toBe(spending.delivered + spending.doubtful + open + tab.free)
          for (const part of [spending.delivered, spending.doubtful, open, tab.free])
            expect(part >= 0n).toBe(true)
          for (const { open, doubt, step } of claims) {
            expect(open <= step).toBe(true)
            expect(doubt >= 0n && doubt <= open).toBe(true)
          }
          expect(spending.authorized >= before).toBe(true)
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
