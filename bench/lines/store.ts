/** Words that one voucher pays for: in memory, on disk, and on many streams at once. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
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
export async function wordsPerSecond(
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

async function* repeated(work: () => Promise<Round>): AsyncGenerator<Round> {
  for (let round = 0; round < rounds; round++) yield await work()
}

export const storeLines = (): Line[] => [
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
]
