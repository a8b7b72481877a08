/** One kind of work, again and again, with a profile of it: prints the profile as JSON. `WORK` is the line's name. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdbStore } from '../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../src/mpp/server/store/store.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import { receipt } from '../lines/codecs.ts'
import { pause } from '../lines/paused.ts'
import { wordsPerSecond } from '../lines/store.ts'
import { type Profile, profiler } from '../profile.ts'

const { WORK = '', PAUSED = '10000' } = process.env
/** Times that it is done before the profile begins, and with it. */
const [warmUps, times] = [3, 4]

/** So many words of each of some streams. */
async function words(of: string, store: () => Promise<ChannelStore>, streams: number, each: number) {
  const profile = await profiler(WORK, of)
  for (let n = 0; n < warmUps + times; n++) {
    const own = await store()
    await wordsPerSecond(own, streams, each, 1, undefined, async (read) => {
      if (n < warmUps) return read()
      await profile.begin()
      const found = await read()
      await profile.end(streams * each)
      return found
    })
    await own.close()
  }
  return profile.found()
}

/** A small function. */
async function calls(of: string, work: () => unknown): Promise<Profile> {
  const profile = await profiler(WORK, of)
  const count = 100_000
  for (let n = 0; n < warmUps + times; n++) {
    if (n === warmUps) await profile.begin()
    for (let call = 0; call < count; call++) kept = work()
  }
  await profile.end(times * count)
  return profile.found()
}
let kept: unknown

/** Vouchers among paused streams. */
async function vouchers(streams: number): Promise<Profile> {
  const { resume } = await pause(streams)
  const many = `a voucher among ${streams.toLocaleString('en-US')} paused streams`
  const profile = await profiler(WORK, streams === 1 ? 'a voucher, one paused stream alone' : many)
  await resume()
  await profile.begin()
  let done = 0
  for (let n = 0; n < times; n++) done += (await resume()).length
  await profile.end(done)
  return profile.found()
}

const folder = await mkdtemp(join(tmpdir(), 'bench-'))
let folders = 0
const onDisk = () => lmdbStore(join(folder, `${folders++}`))
const field = Receipt.encode(receipt)

const works: Readonly<Record<string, () => Promise<Profile>>> = {
  'stream-memory': () => words('a word, in memory', async () => memoryStore(), 1, 20_000),
  'streams-durable': () => words('a word of 100 streams, on disk', onDisk, 100, 500),
  'paused-alone': () => vouchers(1),
  'paused-growth': () => vouchers(Number(PAUSED)),
  'receipt-encode': () => calls('a receipt, written', () => Receipt.encode(receipt)),
  'receipt-decode': () => calls('a receipt, read', () => Receipt.decode(field)),
}
const found = await works[WORK]?.()
await rm(folder, { recursive: true })
process.stdout.write(`profile ${JSON.stringify(found)}\n`, () => process.exit(kept === found ? 1 : 0))
