/** Words that one voucher pays for: in memory, on disk, and on many streams at once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MemoryChain } from '../../src/chain/memory/chain.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import type { Handler } from '../../src/mpp/server/payments.ts'
import { lmdbStore } from '../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../src/mpp/server/store/store.ts'
import { channelOf } from '../../test/support/payer.ts'
import type { Line, Round } from '../line.ts'
import { mppxHandler, mppxWords } from '../mppx.ts'
import { newChain, newPayee } from '../payee.ts'

const rounds = 4
const price = 1n
/** A word with its event, at least, in bytes. */
const leastBytes = 28

/** What is done around the reading of the words alone. */
type Around = <T>(read: () => Promise<T>) => Promise<T>

/**
 * Words a second over all of some streams, each on a channel of its own that one voucher pays for. `around` is there for
 * the part of it that is measured.
 */
export async function wordsPerSecond(
  store: ChannelStore,
  streams: number,
  words: number,
  chargeAhead = 1,
  chain = newChain(),
  around?: Around,
): Promise<number> {
  const { pay, end } = newPayee({ store, chain })
  const handler = pay.stream({ amount: '0.000001', suggestedDeposit: '1', chargeAhead }, async function* () {
    for (let n = 0; n < words; n++) yield `word ${n}`
  })
  try {
    return await rateOf(handler, chain, streams, words, around)
  } finally {
    await end()
  }
}

/** As `wordsPerSecond`, of mppx, which keeps its channels in memory. */
async function mppxWordsPerSecond(words: number): Promise<number> {
  const chain = newChain()
  const node = await serveRpc(chain)
  try {
    return await rateOf(await mppxHandler(node.url, () => mppxWords(words)), chain, 1, words)
  } finally {
    await node.close()
  }
}

/** Reads all of some streams at once, each on a channel of its own whose voucher pays for all of it. */
async function rateOf(
  handler: Handler,
  chain: MemoryChain,
  streams: number,
  words: number,
  around: Around = (read) => read(),
): Promise<number> {
  const channels = []
  for (let n = 0; n < streams; n++) channels.push(await channelOf(handler, chain, { named: true }))
  for (const channel of channels) await (await channel.open(price)).body?.cancel()
  const answers: Response[] = []
  for (const channel of channels) answers.push(await channel.voucher(BigInt(words) * price, 'GET'))
  const [seconds, bodies] = await around(async () => {
    const start = performance.now()
    const read = await Promise.all(answers.map((answer) => answer.arrayBuffer()))
    return [(performance.now() - start) / 1000, read] as const
  })
  // Something was sold: an answer that refuses would be fast.
  if (bodies.some(({ byteLength }) => byteLength < words * leastBytes)) throw new Error('words are missing')
  return (streams * words) / seconds
}

/** As `wordsPerSecond`, in a folder that is removed afterwards. */
async function onDisk(streams: number, words: number, chargeAhead?: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const store = await lmdbStore(folder)
  try {
    return await wordsPerSecond(store, streams, words, chargeAhead)
  } finally {
    await store.close()
    await rm(folder, { recursive: true })
  }
}

async function* repeated(work: () => Promise<Round>): AsyncGenerator<Round> {
  for (let round = 0; round < rounds; round++) yield await work()
}

export const storeLines = (): Line[] => [
  {
    id: 'stream-memory',
    work: 'stream, one voucher, memory store',
    unit: 'words/s',
    peer: 'mppx',
    wanted: 8,
    rounds: () =>
      repeated(async () => ({
        ours: await wordsPerSecond(memoryStore(), 1, 20_000),
        peer: await mppxWordsPerSecond(10_000),
      })),
  },
  {
    id: 'stream-durable',
    work: 'stream, one voucher, durable store: a sync each word',
    unit: 'words/s',
    rounds: () => repeated(async () => ({ ours: await onDisk(1, 500) })),
  },
  {
    id: 'stream-charge-ahead',
    work: 'stream, one voucher, durable store, chargeAhead 32: a sync for 32 words',
    unit: 'words/s',
    rounds: () => repeated(async () => ({ ours: await onDisk(1, 5_000, 32) })),
  },
  {
    id: 'streams-durable',
    work: '100 streams of 500 words each, durable store',
    unit: 'words/s',
    wanted: 20_000,
    rounds: () => repeated(async () => ({ ours: await onDisk(100, 500) })),
  },
]
