/** Streams that are paused for a voucher: how long one takes to resume, and what they weigh. */
import { channelOf } from '../../test/support/payer.ts'
import type { Line, Round } from '../line.ts'
import { newPayee } from '../payee.ts'

/** Vouchers that are measured, one after the other, each on another stream. */
const vouchers = 200
const price = 1n

export interface Paused {
  /** Pays for one more word of some of them; milliseconds from each voucher to its word. */
  resume(): Promise<number[]>
  /** Memory that the process took more for each stream, in kilobytes; its channel on chain and its client with it. */
  kilobytes: number
  end(): Promise<unknown>
}

/** Pauses so many streams in this process. */
export async function pause(streams: number): Promise<Paused> {
  const { chain, pay, end } = newPayee({ needVoucherTimeoutMs: 3_600_000, keepAliveMs: 3_600_000 })
  const handler = pay.stream({ amount: '0.000001' }, async function* () {
    for (let n = 0; ; n++) yield `word ${n}`
  })
  const opened = async () => {
    const channel = await channelOf(handler, chain)
    await (await channel.open()).arrayBuffer()
    const answer = await channel.voucher(price, 'GET')
    const parts = (answer.body as ReadableStream<Uint8Array>).getReader()
    // The word that is paid for, and the question for a voucher.
    await parts.read()
    await parts.read()
    return { channel, parts, paid: price }
  }
  const before = process.memoryUsage().rss
  const all: Awaited<ReturnType<typeof opened>>[] = []
  for (let n = 0; n < streams; n++) all.push(await opened())
  const kilobytes = (process.memoryUsage().rss - before) / 1024 / streams
  let next = 0
  return {
    kilobytes,
    async resume() {
      const resumes: number[] = []
      for (let n = 0; n < vouchers; n++) {
        const stream = all[next++ % streams] as (typeof all)[number]
        const word = stream.parts.read()
        stream.paid += price
        const start = performance.now()
        await stream.channel.voucher(stream.paid)
        await word
        resumes.push(performance.now() - start)
        // Paused again.
        await stream.parts.read()
      }
      return resumes
    },
    async end() {
      await Promise.all(all.map(({ parts }) => parts.cancel()))
      await end()
    },
  }
}

/** What is measured of paused streams, which end afterwards. */
async function of<T>(streams: number, measure: (paused: Paused) => T): Promise<Awaited<T>> {
  const paused = await pause(streams)
  const found = await measure(paused)
  await paused.end()
  return found
}

/** How many vouchers a second lead to a word. */
export const perSecond = (resumes: readonly number[]): number =>
  (1_000 * resumes.length) / resumes.reduce((sum, each) => sum + each)
const p99 = (resumes: readonly number[]) =>
  [...resumes].sort((a, b) => a - b)[Math.floor(resumes.length * 0.99)] as number

async function* once(work: () => Promise<Round>): AsyncGenerator<Round> {
  yield await work()
}

export const pausedLines = (streams: number): Line[] => [
  {
    id: 'paused-p99',
    work: 'voucher to word, 99 of 100, among 1,000 paused streams in one process with their clients',
    unit: 'ms',
    wanted: 50,
    less: true,
    rounds: () => once(async () => ({ ours: await of(1_000, async ({ resume }) => p99(await resume())) })),
  },
  {
    id: 'paused-memory',
    work: `memory of each of ${streams.toLocaleString('en-US')} paused streams, its chain and client included`,
    unit: 'KB',
    wanted: 100,
    less: true,
    rounds: () => once(async () => ({ ours: await of(streams, ({ kilobytes }) => kilobytes) })),
  },
]
