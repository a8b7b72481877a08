/** Streams that are paused for a voucher: how long one takes to resume, beside how many others, and what they weigh. */
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { devAccounts, type KeyAccount } from '../../src/keys/accounts.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import { payments } from '../../src/mpp/server/payments.ts'
import { channelOf } from '../../test/support/payer.ts'
import type { Line, Round } from '../line.ts'

/** Vouchers that are measured, one after the other, each on another stream. */
const vouchers = 200
const price = 1n

interface Paused {
  /** Milliseconds from each voucher to the word that it pays for. */
  resumes: readonly number[]
  /** Memory that the process took more for each stream, in kilobytes; its channel on chain and its client with it. */
  kilobytes: number
}

/** Pauses so many streams in this process, then pays for one more word of some of them. */
async function paused(streams: number): Promise<Paused> {
  const chain = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
  })
  const pay = payments({
    account: devAccounts[0] as KeyAccount,
    chain,
    secretKey: 'a secret of thirty-two bytes or so',
    realm: 'localhost',
    needVoucherTimeoutMs: 3_600_000,
    keepAliveMs: 3_600_000,
  })
  const handler = pay.stream({ amount: '0.000001' }, async function* () {
    for (let n = 0; ; n++) yield `word ${n}`
  })
  const before = process.memoryUsage().rss
  const all = []
  for (let n = 0; n < streams; n++) {
    const channel = await channelOf(handler, chain)
    await (await channel.open()).arrayBuffer()
    const answer = await channel.voucher(price, 'GET')
    const parts = (answer.body as ReadableStream<Uint8Array>).getReader()
    // The word that is paid for, and the question for a voucher.
    await parts.read()
    await parts.read()
    all.push({ channel, parts })
  }
  const kilobytes = (process.memoryUsage().rss - before) / 1024 / streams
  const resumes: number[] = []
  for (let n = 0; n < vouchers; n++) {
    const { channel, parts } = all[n % streams] as (typeof all)[number]
    const word = parts.read()
    const start = performance.now()
    await channel.voucher(BigInt(2 + Math.floor(n / streams)) * price)
    await word
    resumes.push(performance.now() - start)
    // Paused again.
    await parts.read()
  }
  await Promise.all(all.map(({ parts }) => parts.cancel()))
  return { resumes, kilobytes }
}

const perSecond = ({ resumes }: Paused) => 1_000 / (resumes.reduce((sum, each) => sum + each) / vouchers)
const p99 = ({ resumes }: Paused) => [...resumes].sort((a, b) => a - b)[Math.floor(vouchers * 0.99)] as number

async function* once(work: () => Promise<Round>): AsyncGenerator<Round> {
  yield await work()
}

export const pausedLines = (streams: number): Line[] => [
  {
    id: 'paused-growth',
    work: `voucher to word, among ${streams.toLocaleString('en-US')} paused streams`,
    unit: '/s',
    peer: 'the same among one',
    wanted: 0.8,
    rounds: () =>
      once(async () => {
        // The first one compiles.
        await paused(1)
        return { peer: perSecond(await paused(1)), ours: perSecond(await paused(streams)) }
      }),
  },
  {
    id: 'paused-p99',
    work: 'voucher to word, 99 of 100, among 1,000 paused streams in one process with their clients',
    unit: 'ms',
    wanted: 50,
    less: true,
    rounds: () => once(async () => ({ ours: p99(await paused(1_000)) })),
  },
  {
    id: 'paused-memory',
    work: `memory of each of ${streams.toLocaleString('en-US')} paused streams, its chain and client included`,
    unit: 'KB',
    wanted: 100,
    less: true,
    rounds: () => once(async () => ({ ours: (await paused(streams)).kilobytes })),
  },
]
