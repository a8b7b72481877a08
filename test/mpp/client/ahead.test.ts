/** Vouchers that a stream did not ask for yet (`ahead: 1`): one unit beyond what came, and never more. */
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import { pathUsd } from '../../../src/contracts/token.ts'
import type { SessionOptions } from '../../../src/mpp/client/options.ts'
import { Tab } from '../../../src/mpp/client/tab.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import {
  against,
  eventStream,
  type FakePayee,
  fakePayee,
  paidFor,
  payable,
  price,
} from '../../support/fake-payee.ts'
import { collect, payer, startKit } from '../../support/kit.ts'

const url = 'http://payee.test/poem'
const words = ['Two', 'roads', 'diverged', 'in', 'a']
const unit = 1_000n
const early: Partial<SessionOptions> = { ahead: 1 }

/** A server of five words, and a session that counts what it signed each time against what had come. */
async function reading(options: Partial<SessionOptions> = {}, payee: Partial<PayeeOptions> = {}) {
  const kit = await startKit(
    (pay) =>
      pay.stream({ amount: '0.001', suggestedDeposit: '0.100' }, async function* () {
        yield* words
      }),
    payee,
  )
  const vouchers: bigint[] = []
  const pay = kit.session({
    ...options,
    onEvent: (event) => {
      if (event.type === 'voucher') vouchers.push(event.cumulativeAmount)
    },
  })
  return { kit, pay, vouchers }
}

describe('against the reference', () => {
  test('every unit but the first is signed for early, once; what is left over pays for the next stream', async () => {
    const { kit, pay, vouchers } = await reading(early)
    await using _ = kit
    expect(await collect(pay.sse(kit.url))).toEqual(words)
    expect(vouchers).toEqual([2n, 3n, 4n, 5n, 6n].map((total) => total * unit))
    expect(pay.channel).toMatchObject({ authorized: 6n * unit, delivered: 5n * unit, doubtful: unit })
    expect(await collect(pay.sse(kit.url))).toEqual(words)
    expect(pay.channel).toMatchObject({ authorized: 11n * unit, delivered: 10n * unit })
    await kit.pay.close()
  })

  test('the payee is paid what it delivered, and the rest is refunded', async () => {
    const { kit, pay } = await reading(early)
    await using _ = kit
    const balance = () => new ChainClient(kit.chain).balance(pathUsd, payer.address)
    await collect(pay.sse(kit.url))
    const before = await balance()
    const deposit = pay.channel?.deposit ?? 0n
    expect(await pay.close()).toMatchObject({
      paid: 5n * unit,
      spent: 5n * unit,
      acceptedCumulative: 6n * unit,
    })
    expect((await balance()) - before).toBe(deposit - 5n * unit)
    await kit.pay.close()
  })

  test('a payee that takes the highest voucher takes one unit that it did not deliver', async () => {
    const { kit, pay } = await reading(early, {
      rules: { books: { captureAmount: (_, close) => close?.cumulativeAmount ?? 0n } },
    })
    await using _ = kit
    await collect(pay.sse(kit.url))
    expect(await pay.close()).toMatchObject({ paid: 6n * unit })
    await kit.pay.close()
  })

  test('by default nothing is signed that was not asked for', async () => {
    const { kit, pay, vouchers } = await reading()
    await using _ = kit
    await collect(pay.sse(kit.url))
    expect(vouchers).toEqual([2n, 3n, 4n, 5n].map((total) => total * unit))
    expect(pay.channel?.authorized).toBe(5n * unit)
    await kit.pay.close()
  })

  test('a deposit is not raised before the stream asks', async () => {
    const { kit, pay, vouchers } = await reading({ ...early, depositUnits: 5 })
    await using _ = kit
    await collect(pay.sse(kit.url))
    // The sixth unit would need a top-up, and is never asked for.
    expect(vouchers.at(-1)).toBe(5n * unit)
    expect(pay.channel?.deposit).toBe(5n * unit)
    await kit.pay.close()
  })

  test('streams side by side are paid as they ask: one unit each, and none ahead', async () => {
    const { kit, pay, vouchers } = await reading(early)
    await using _ = kit
    const [one, other] = await Promise.all([pay.buy(kit.url, accepting), pay.buy(kit.url, accepting)])
    await Promise.all([one, other].map(({ events }) => (events === undefined ? [] : collect(events))))
    const { authorized = 0n, delivered = 0n } = pay.channel ?? {}
    expect(authorized).toBeLessThanOrEqual(delivered + 2n * unit)
    expect(vouchers).toEqual(vouchers.toSorted((a, b) => Number(a - b)))
    await kit.pay.close()
  })
})

const accepting = { headers: { accept: 'text/event-stream' } }

describe('against a payee that does as it likes', () => {
  const word = 'data: word\n\n'
  /** A payee of one stream; `manages` answers what comes by HEAD. */
  const streaming = (
    frames: (payee: FakePayee) => Iterable<string> | AsyncIterable<string>,
    manages: (payee: FakePayee) => Response | undefined = () => undefined,
  ): FakePayee => {
    const payee: FakePayee = fakePayee(({ payload, method }) => {
      if (payload === undefined) return undefined
      return method === 'GET' ? eventStream(() => frames(payee)) : manages(payee)
    })
    return payee
  }
  const totals = ({ seen }: FakePayee) =>
    seen.flatMap(({ method, payload }) =>
      method === 'HEAD' && payload?.action === 'voucher' ? [payload.cumulativeAmount / price] : [],
    )
  const told = (payee: FakePayee, spent: bigint) => paidFor(payee.receipt(spent * price), null)
  const honest = (payee: FakePayee) => told(payee, payee.signed() / price - 1n)

  test('a question that was answered early is not answered; asked again, it is', async () => {
    const payee = streaming(function* (payee) {
      yield word
      yield payee.ask(2n * price, price)
      yield payee.ask(2n * price, price)
      yield word
    }, honest)
    expect(await collect(against(payee, early).sse(url))).toHaveLength(2)
    expect(totals(payee)).toEqual([2n, 2n, 3n])
  })

  test('an early voucher that is refused is sent again when it is asked for, and none is early after that', async () => {
    let refusals = 1
    const payee = streaming(
      function* (payee) {
        for (let total = 2n; total <= 4n; total++) {
          yield word
          yield payee.ask(total * price, (total - 1n) * price)
        }
      },
      (payee) => (refusals-- > 0 ? payable(undefined, 'session/channel-not-found') : honest(payee)),
    )
    expect(await collect(against(payee, early).sse(url))).toHaveLength(3)
    expect(totals(payee)).toEqual([2n, 2n, 3n, 4n])
  })

  test('what is refused when it is asked for ends the stream', async () => {
    const payee = streaming(
      function* (payee) {
        yield word
        yield payee.ask(2n * price, price)
        yield word
      },
      () => payable(undefined, 'session/channel-not-found'),
    )
    await expect(collect(against(payee, early).sse(url))).rejects.toMatchObject({ status: 402 })
  })

  test('a receipt for more than was signed ends it, at the next question or at its end', async () => {
    const lies = (payee: FakePayee) => told(payee, 9n)
    const asking = streaming(function* (payee) {
      yield word
      yield payee.ask(2n * price, price)
      yield word
    }, lies)
    await expect(collect(against(asking, early).sse(url))).rejects.toMatchObject({ code: 'overcharged' })
    const silent = streaming(() => [word], lies)
    await expect(collect(against(silent, early).sse(url))).rejects.toMatchObject({ code: 'overcharged' })
    expect(totals(silent)).toEqual([2n])
  })

  test('where events cost nothing, their number is no measure: one unit, and then it waits to be asked', async () => {
    const payee = streaming(
      () => Array.from({ length: 20 }, () => word),
      (payee) => told(payee, 0n),
    )
    await collect(against(payee, early).sse(url))
    expect(payee.signed()).toBe(2n * price)
  })

  test('what is in doubt is offered first: while something signed has not come, nothing more is signed early', async () => {
    let answers = 0
    const payee: FakePayee = fakePayee(({ payload, method }) => {
      if (payload === undefined || method !== 'GET') return undefined
      if (++answers <= 3) throw new TypeError('fetch failed')
      return eventStream(() => [word])
    })
    const pay = against(payee, early)
    await expect(pay.fetch(url)).rejects.toMatchObject({ code: 'no-answer' })
    expect(pay.channel?.doubtful).toBe(price)
    await collect(pay.sse(url))
    expect(payee.signed()).toBe(2n * price)
  })
})

describe('the rule', () => {
  const spending = { authorized: 2n * price, delivered: price, doubtful: price }

  test('a unit that was signed for and did not come bars another; without the rule it would not', () => {
    const tab = new Tab({ ...spending })
    const claim = tab.begin(price, true)
    expect(tab.ahead(claim, price)).toBeUndefined()
    expect(tab.ahead(claim, price, () => undefined)).toMatchObject({ total: 3n * price })
  })

  test('a stream that ended while its voucher was written down leaves it in doubt', () => {
    const books = { authorized: price, delivered: price, doubtful: 0n }
    const tab = new Tab(books)
    const claim = tab.begin(price, true)
    const plan = tab.ahead(claim, price)
    tab.end(claim, 'unknown')
    if (plan === undefined) throw new Error('a unit may be signed for')
    tab.commit(plan)
    expect(books).toEqual({ authorized: 2n * price, delivered: price, doubtful: price })
    expect(tab.ahead(claim, price)).toBeUndefined()
  })
})
