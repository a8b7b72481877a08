/**
 * Growth: what a word and a voucher cost among many channels, and a voucher among many paused streams, against the same
 * alone. A curve has a point for each power of ten. The many are made once; then both take turns.
 */
import type { MemoryChain } from '../../src/chain/memory/chain.ts'
import type { Bytes32 } from '../../src/codec/hex.ts'
import { memoryStore } from '../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../src/mpp/server/store/store.ts'
import { channelOf } from '../../test/support/payer.ts'
import type { Line, Point, Round } from '../line.ts'
import { newChain, newPayee, noChannels } from '../payee.ts'
import { pause, perSecond } from './paused.ts'
import { wordsPerSecond } from './store.ts'

const rounds = 6
const words = 5_000
const vouchers = 300

interface Crowd {
  store: ChannelStore
  chain: MemoryChain
}

/**
 * A store in memory with so many channels that nobody uses, and the chain that has the first of them. The others are on
 * none, so a payee would take them for closed: none of them is looked at.
 */
async function crowd(channels: number): Promise<Crowd> {
  const [store, chain] = [memoryStore(), newChain()]
  await wordsPerSecond(store, 1, 1, 1, chain)
  for await (const record of store.live()) {
    for (let n = 1; n < channels; n++) {
      const channelId: Bytes32 = `0x${n.toString(16).padStart(64, '0')}`
      await store.update(channelId, () => ({ record: { ...record, channelId }, answer: undefined }))
    }
    break
  }
  return { store: { ...store, live: noChannels }, chain }
}

/** Vouchers a second that one channel of the store takes, each for a unit more, its signing included. */
async function vouchersPerSecond({ store, chain }: Crowd): Promise<number> {
  const { pay, end } = newPayee({ store, chain })
  const channel = await channelOf(
    pay.stream({ amount: '0.000001' }, async function* () {
      yield 'a word'
    }),
    chain,
  )
  await (await channel.open()).body?.cancel()
  const start = performance.now()
  for (let n = 1; n <= vouchers; n++) {
    const { status } = await channel.voucher(BigInt(n))
    if (status !== 200) throw new Error(`a voucher was answered with ${status}`)
  }
  const seconds = (performance.now() - start) / 1000
  await end()
  return vouchers / seconds
}

/** Work among many and work alone, in turns; whoever is first changes with each round. */
async function* turns(many: () => Promise<number>, alone: () => Promise<number>): AsyncGenerator<Round> {
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) yield { ours: await many(), peer: await alone() }
    else {
      const peer = await alone()
      yield { ours: await many(), peer }
    }
  }
}

async function* amongPaused(streams: number): AsyncGenerator<Round> {
  const [many, one] = [await pause(streams), await pause(1)]
  yield* turns(
    async () => perSecond(await many.resume()),
    async () => perSecond(await one.resume()),
  )
  await many.end()
  await one.end()
}

async function* amongChannels(
  channels: number,
  work: (crowd: Crowd) => Promise<number>,
): AsyncGenerator<Round> {
  const [many, one] = [await crowd(channels), await crowd(1)]
  yield* turns(
    () => work(many),
    () => work(one),
  )
}

const line = (
  name: string,
  id: string,
  others: string,
  at: number,
  run: Line['rounds'],
  curve: Point = { name, at },
): Line => ({
  id: `${id}-${at}`,
  work: `${name}, ${at.toLocaleString('en-US')} ${others}`,
  unit: '/s',
  peer: 'alone',
  wanted: 0.8,
  curve,
  rounds: run,
})

/** Powers of ten from 10 to `most`, and `most`. */
const sizesTo = (most: number): number[] => {
  const sizes: number[] = []
  for (let size = 10; size < most; size *= 10) sizes.push(size)
  return [...sizes, most]
}

/** A point for each size up to so many channels and paused streams. */
export const growthLines = (channels: number, streams: number): Line[] => [
  ...sizesTo(channels).map((at) =>
    line('a word among channels', 'word-growth', 'channels', at, () =>
      amongChannels(at, ({ store, chain }) => wordsPerSecond(store, 1, words, 1, chain)),
    ),
  ),
  ...sizesTo(channels).map((at) =>
    line('a voucher among channels', 'voucher-growth', 'channels', at, () =>
      amongChannels(at, vouchersPerSecond),
    ),
  ),
  ...sizesTo(streams).map((at) =>
    line('a voucher to its word among paused streams', 'paused-growth', 'streams', at, () => amongPaused(at)),
  ),
]
