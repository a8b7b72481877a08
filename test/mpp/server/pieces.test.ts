/** Values of a stream that are there at once leave in one piece; nothing is held back, and nothing more is charged. */
import { afterEach, expect, test } from 'vitest'
import type { Rpc } from '../../../src/chain/rpc.ts'
import * as Sse from '../../../src/codec/sse.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { lmdbStore } from '../../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../../src/mpp/server/store/store.ts'
import type { StreamValue } from '../../../src/mpp/server/stream.ts'
import { folders } from '../../support/folders.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 1_000n
const folder = folders()
const stores: ChannelStore[] = []
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close()
})

/** A stream of an author, paid by one voucher for so many units: its pieces, and what was charged. */
async function reading(
  author: () => AsyncIterable<StreamValue>,
  paid: number,
  options: Partial<PayeeOptions> & { store?: ChannelStore } = {},
) {
  const { store = memoryStore() } = options
  stores.push(store)
  const chain = newChain()
  const asked: string[] = []
  const node: Rpc = {
    request: (request) => {
      asked.push(request.method)
      return chain.request(request)
    },
  }
  const pay = paymentsOn(node, { ...options, store })
  const handler = pay.stream({ amount: '0.001' }, author)
  const channel = await channelOf(handler, chain)
  await (await channel.open()).text()
  const answer = await channel.voucher(BigInt(paid) * price, 'GET')
  const parts = (answer.body as ReadableStream<Uint8Array>).getReader()
  return {
    channel,
    /** How often the node was asked for the channel. */
    readings: () => asked.filter((method) => method === 'eth_call').length,
    /** The next piece as events, each by its name or its data; undefined at the end. */
    async piece(): Promise<string[] | undefined> {
      const { value, done } = await parts.read()
      if (done) return undefined
      return Sse.reader()
        .push(value)
        .map(({ event, data }) => (event === 'message' ? data : event))
    },
    leave: () => parts.cancel(),
    charged: async () => Number(((await store.get(channel.id))?.ledger.spent ?? 0n) / price),
  }
}

async function* numbers(count = Infinity) {
  for (let n = 1; n <= count; n++) yield `${n}`
}
const from = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => `${first + i}`)

test('sixteen at most leave together, and are charged when their piece is pulled', async () => {
  let asked = 0
  const { piece, charged, leave } = await reading(async function* () {
    for await (const value of numbers()) {
      asked++
      yield value
    }
  }, 100)
  expect(await charged()).toBe(0)
  expect(await piece()).toEqual(from(1, 16))
  expect([await charged(), asked]).toEqual([16, 16])
  expect(await piece()).toEqual(from(17, 32))
  expect(await charged()).toBe(32)
  await leave()
  expect(await charged()).toBe(32)
})

test('large values leave sooner', async () => {
  const large = 'x'.repeat(3_000)
  const { piece, leave } = await reading(async function* () {
    for (;;) yield large
  }, 100)
  expect(await piece()).toEqual([large, large])
  await leave()
})

test('no value waits for the next, and the next is charged when it is pulled', async () => {
  const gates: (() => void)[] = []
  const { piece, charged, leave } = await reading(async function* () {
    for await (const value of numbers()) {
      yield value
      await new Promise<void>((resolve) => gates.push(resolve))
    }
  }, 100)
  expect(await piece()).toEqual(['1'])
  gates.pop()?.()
  // Whatever the author has by now, nobody asked for it.
  await new Promise((resolve) => setImmediate(resolve))
  expect(await charged()).toBe(1)
  expect(await piece()).toEqual(['2'])
  expect(await charged()).toBe(2)
  await leave()
  expect(await charged()).toBe(2)
})

test('who leaves while the author is at work does not wait for it, and is charged for what came', async () => {
  let told: unknown
  const { piece, charged, leave, channel } = await reading(async function* () {
    try {
      yield '1'
      await new Promise(() => undefined)
    } finally {
      told = 'over'
    }
  }, 100)
  expect(await piece()).toEqual(['1'])
  await leave()
  expect([await charged(), told]).toEqual([1, undefined])
  expect((await channel.close(100n * price)).status).toBe(200)
  expect(await channel.captured()).toBe(price)
})

test('what was paid for leaves before the question for more money', async () => {
  const { piece, charged, channel, leave } = await reading(() => numbers(), 3)
  expect(await piece()).toEqual(from(1, 3))
  expect(await piece()).toEqual(['payment-need-voucher'])
  expect(await charged()).toBe(3)
  await channel.voucher(5n * price)
  expect(await piece()).toEqual(from(4, 5))
  expect(await piece()).toEqual(['payment-need-voucher'])
  await leave()
  expect(await charged()).toBe(5)
})

test('the end leaves with it, and what was charged leaves before an author breaks off', async () => {
  const whole = await reading(() => numbers(2), 100)
  expect(await whole.piece()).toEqual(from(1, 2))
  expect(await whole.piece()).toEqual(['payment-receipt'])
  expect(await whole.piece()).toBeUndefined()
  const broken = await reading(async function* () {
    yield* numbers(2)
    throw new Error('no more')
  }, 100)
  expect(await broken.piece()).toEqual(from(1, 2))
  await expect(broken.piece()).rejects.toThrow('no more')
  expect(await broken.charged()).toBe(2)
})

test('what was charged does not wait for the chain, which is read before the next piece', async () => {
  const { piece, readings, leave } = await reading(() => numbers(), 100, { verifyIntervalMs: 0 })
  const before = readings()
  await piece()
  expect(readings() - before).toBe(1)
  await piece()
  expect(readings() - before).toBe(2)
  await leave()
})

test('on disk each is charged by a write of its own, and leaves by itself', async () => {
  const { piece, charged, leave } = await reading(() => numbers(), 100, { store: await lmdbStore(folder()) })
  for (let n = 1; n <= 3; n++) {
    expect(await piece()).toEqual([`${n}`])
    expect(await charged()).toBe(n)
  }
  await leave()
})
