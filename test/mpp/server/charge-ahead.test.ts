/** `chargeAhead`: a crash overcharges by so many units at most, and nobody else by any (spec/money.md rule 2). */
import { cpSync } from 'node:fs'
import fc from 'fast-check'
import { open } from 'lmdb'
import { afterEach, expect, test } from 'vitest'
import type { Payments } from '../../../src/mpp/server/payments.ts'
import { lmdbStore } from '../../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import * as Record from '../../../src/mpp/server/store/record.ts'
import type { ChannelStore } from '../../../src/mpp/server/store/store.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import { folders } from '../../support/folders.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 1_000n
const folder = folders()
const payees: Payments[] = []
// They let go of their stores.
afterEach(async () => {
  for (const pay of payees.splice(0)) await pay.close()
})

/** A server of endless words, and a channel on it with a voucher for so many. */
async function reading(chargeAhead: number | undefined, paid: number, store?: ChannelStore) {
  const path = folder()
  const kept = store ?? (await lmdbStore(path))
  const chain = newChain()
  const offer = { amount: '0.001', ...(chargeAhead === undefined ? {} : { chargeAhead }) }
  const pay = paymentsOn(chain, { store: kept, keepAliveMs: 0 })
  payees.push(pay)
  const handler = pay.stream(offer, async function* () {
    for (let n = 0; ; n++) yield `word ${n}`
  })
  const channel = await channelOf(handler, chain)
  await (await channel.open()).text()
  const start = async (amount = paid) => {
    const answer = await channel.voucher(BigInt(amount) * price, 'GET')
    const parts = (answer.body as ReadableStream<Uint8Array>).getReader()
    const pieces = async (count: number) => {
      for (let n = 0; n < count; n++) await parts.read()
    }
    return {
      pieces,
      /** On disk, each is a piece. */
      words: pieces,
      leave: () => parts.cancel(),
    }
  }
  const units = (record: Record.ChannelRecord | undefined) => Number((record?.ledger.spent ?? 0n) / price)
  return {
    channel,
    pay,
    start,
    /** Units charged, as this process knows them. */
    charged: async () => units(await kept.get(channel.id)),
    /** Units charged, as a process finds them that comes after a crash in this moment. */
    async afterCrash(): Promise<number> {
      const copy = folder()
      cpSync(path, copy, { recursive: true })
      const disk = open<string, string>({ path: `${copy}/channels.lmdb`, encoding: 'string' })
      const text = disk.get(`channel/${channel.id}`)
      await disk.close()
      return units(text === undefined ? undefined : Record.decode(text))
    },
  }
}

test('so many units are charged by one write; those not delivered are given back to who leaves', async () => {
  const { start, charged, afterCrash } = await reading(4, 10)
  const stream = await start()
  const seen: number[][] = []
  for (let n = 1; n <= 6; n++) {
    await stream.words(1)
    seen.push([await charged(), await afterCrash()])
  }
  expect(seen).toEqual([
    [1, 4],
    [2, 4],
    [3, 4],
    [4, 4],
    [5, 8],
    [6, 8],
  ])
  await stream.leave()
  expect([await charged(), await afterCrash()]).toEqual([6, 6])
})

test('by default one unit is', async () => {
  const { start, charged, afterCrash } = await reading(undefined, 10)
  const stream = await start()
  for (let n = 1; n <= 3; n++) {
    await stream.words(1)
    expect([await charged(), await afterCrash()]).toEqual([n, n])
  }
  await stream.leave()
})

test('no more is charged ahead than vouchers pay for', async () => {
  const { start, afterCrash } = await reading(100, 3)
  const stream = await start()
  await stream.words(2)
  expect(await afterCrash()).toBe(3)
  await stream.leave()
})

test('a close in mid-stream captures what was delivered; receipts tell nothing else', async () => {
  const { start, channel, charged, afterCrash } = await reading(8, 10)
  const stream = await start()
  await stream.words(3)
  // A voucher that changes nothing tells the books.
  const told = Receipt.decode((await channel.voucher(10n * price)).headers.get('payment-receipt') ?? '')
  expect([told.spent, await afterCrash()]).toEqual([3n * price, 8])
  expect((await channel.close(10n * price)).status).toBe(200)
  expect([await channel.captured(), await charged(), await afterCrash()]).toEqual([3n * price, 3, 3])
  await stream.leave()
})

test('another voucher and another stream go on from what was delivered', async () => {
  const { start, charged, afterCrash } = await reading(8, 10)
  const first = await start()
  await first.words(3)
  const second = await start(12)
  expect(await afterCrash()).toBe(3)
  await second.words(2)
  expect([await charged(), await afterCrash()]).toEqual([5, 11])
  await second.leave()
  await first.leave()
  expect([await charged(), await afterCrash()]).toEqual([5, 5])
})

test('a payee that closes leaves exact books', async () => {
  const { start, pay, afterCrash } = await reading(8, 10)
  const stream = await start()
  await stream.words(3)
  await Promise.all([pay.close(), pay.close(), stream.leave()])
  expect(await afterCrash()).toBe(3)
})

test('a store in memory charges what leaves, sixteen units at most in a piece, and nothing ahead', async () => {
  const { start, charged } = await reading(8, 100, memoryStore())
  const stream = await start()
  await stream.pieces(1)
  expect(await charged()).toBe(16)
  await stream.leave()
  expect(await charged()).toBe(16)
})

test('whatever is read and whenever it crashes: never fewer than delivered, at most so many more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 0, max: 12 }),
      fc.integer({ min: 12, max: 14 }),
      async (chargeAhead, words, paid) => {
        const { start, charged, afterCrash } = await reading(chargeAhead, paid)
        const stream = await start()
        await stream.words(words)
        const left = await afterCrash()
        expect([await charged(), left >= words, left - words <= chargeAhead]).toEqual([words, true, true])
        await stream.leave()
        expect(await afterCrash()).toBe(words)
      },
    ),
    { numRuns: 12 },
  )
})

test.each([1, 4, 32])(
  'with %d ahead, receipts in mid-stream tell what was delivered, and no more',
  async (chargeAhead) => {
    const store = await lmdbStore(folder())
    const chain = newChain()
    const pay = paymentsOn(chain, { store, receiptsMidStream: true, opensWithoutContent: true })
    payees.push(pay)
    const handler = pay.stream({ amount: '0.001', chargeAhead }, async function* () {
      for (let n = 0; n < 6; n++) yield `word ${n}`
    })
    const channel = await channelOf(handler, chain)
    await (await channel.open()).text()
    const text = await (await channel.voucher(8n * price, 'GET')).text()
    const receipts = [...text.matchAll(/event: payment-receipt\ndata: (.*)\n/g)].map(([, data = '']) =>
      Receipt.fromJson(JSON.parse(data)),
    )
    const delivered = [1, 2, 3, 4, 5, 6, 6]
    expect(receipts.map(({ spent }) => spent)).toEqual(delivered.map((words) => BigInt(words) * price))
    expect(receipts.map(({ units }) => units)).toEqual(delivered)
    expect((await store.get(channel.id))?.ledger.spent).toBe(6n * price)
  },
)

test.each([0, 1.5, -1, Number.NaN])('an offer cannot charge %d ahead', (chargeAhead) => {
  const pay = paymentsOn(newChain())
  expect(() =>
    pay.stream({ amount: '0.001', chargeAhead }, async function* () {
      yield 'never'
    }),
  ).toThrow('no positive whole number')
})
