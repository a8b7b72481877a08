/** Words that one voucher pays for: in memory, on disk, on many streams at once, and among many channels. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import type { Bytes32 } from '../../src/codec/hex.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { payments } from '../../src/mpp/server/payments.ts'
import { lmdbStore } from '../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../src/mpp/server/store/store.ts'
import { channelOf } from '../../test/support/payer.ts'
import type { Line, Round } from '../line.ts'

const rounds = 4
const price = 1n

/** Words a second over all of some streams, each on a channel of its own that one voucher pays for. */
async function wordsPerSecond(
  store: ChannelStore,
  streams: number,
  words: number,
  chargeAhead = 1,
): Promise<number> {
  const chain = new MemoryChain({ funded: devAccounts.map(({ address }) => address) })
  const account = devAccounts[0] as KeyAccount
  const pay = payments({
    account,
    chain,
    store,
    secretKey: 'a secret of thirty-two bytes or so',
    realm: 'localhost',
  })
  const handler = pay.stream({ amount: '0.000001', suggestedDeposit: '1', chargeAhead }, async function* () {
    for (let n = 0; n < words; n++) yield `word ${n}`
  })
  const channels = []
  for (let n = 0; n < streams; n++) channels.push(await channelOf(handler, chain))
  for (const channel of channels) await (await channel.open()).body?.cancel()
  const answers = []
  for (const channel of channels) answers.push(await channel.voucher(BigInt(words) * price, 'GET'))
  const start = performance.now()
  await Promise.all(answers.map((answer) => answer.arrayBuffer()))
  return (streams * words) / ((performance.now() - start) / 1000)
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

/** A store in memory with so many channels that nobody uses beside the one that is. */
async function crowded(channels: number, words: number): Promise<number> {
  const store = memoryStore()
  await wordsPerSecond(store, 1, 1)
  for await (const record of store.live()) {
    for (let n = 0; n < channels; n++) {
      const channelId: Bytes32 = `0x${n.toString(16).padStart(64, '0')}`
      await store.update(channelId, () => ({ record: { ...record, channelId }, answer: undefined }))
    }
    break
  }
  return wordsPerSecond(store, 1, words)
}

async function* repeated(work: () => Promise<Round>): AsyncGenerator<Round> {
  for (let round = 0; round < rounds; round++) yield await work()
}

export const storeLines = (channels: number): Line[] => [
  {
    id: 'stream-memory',
    work: 'stream, one voucher, memory store',
    unit: 'words/s',
    rounds: () => repeated(async () => ({ ours: await wordsPerSecond(memoryStore(), 1, 20_000) })),
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
    work: '100 streams, durable store',
    unit: 'words/s',
    wanted: 20_000,
    rounds: () => repeated(async () => ({ ours: await onDisk(100, 100) })),
  },
  {
    id: 'channels-growth',
    work: `stream among ${channels.toLocaleString('en-US')} channels`,
    unit: 'words/s',
    peer: 'the same among one',
    wanted: 0.8,
    rounds: () =>
      repeated(async () => ({ ours: await crowded(channels, 10_000), peer: await crowded(1, 10_000) })),
  },
]
