/** A store that cannot be written: no payment is taken, nothing is lost, and it goes on by itself when it can. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { lmdbStore } from '../../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../../src/mpp/server/store/store.ts'
import { StoreUnavailable } from '../../../src/store/table.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const offer = { amount: '0.001' }
const unpaid = () => new Request('http://shop.test/')

/** A store whose disk can be full. */
function onDisk() {
  const store = memoryStore()
  const disk = { full: false }
  const writing = <T>(write: () => Promise<T>): Promise<T> =>
    disk.full ? Promise.reject(new StoreUnavailable()) : write()
  const failing: ChannelStore = {
    ...store,
    update: (channelId, change) => writing(() => store.update(channelId, change)),
    charges: {
      update: (use, change) => writing(() => store.charges.update(use, change)),
      forget: (now) => store.charges.forget(now),
    },
  }
  return { disk, store: failing }
}

test('payments are answered 503 and nothing moves; who does not pay is answered; then it goes on', async () => {
  const { disk, store } = onDisk()
  const chain = newChain()
  const pay = paymentsOn(chain, { store })
  const handler = pay.fixed(offer, () => new Response('line'))
  const known = await channelOf(handler, chain)
  const late = await channelOf(handler, chain)
  expect((await known.open()).status).toBe(200)
  expect((await known.voucher(1_000n, 'GET')).status).toBe(200)
  const acts = {
    open: () => late.open(),
    voucher: () => known.voucher(2_000n),
    content: () => known.voucher(2_000n, 'GET'),
    close: () => known.close(2_000n),
  }
  disk.full = true
  for (const [what, act] of Object.entries(acts)) {
    const answer = await act()
    expect([what, answer.status, answer.headers.get('retry-after')]).toEqual([what, 503, '5'])
    expect(answer.headers.get('payment-receipt'), what).toBeNull()
  }
  expect((await handler(unpaid())).status).toBe(402)
  expect((await late.backing.slot(late.id)).deposit).toBe(0n)
  expect(await known.captured()).toBeUndefined()
  disk.full = false
  for (const [what, act] of Object.entries(acts)) expect([what, (await act()).status]).toEqual([what, 200])
  expect(await known.captured()).toBe(2_000n)
  await pay.close()
})

test('a stream ends with the receipt of what was delivered', async () => {
  const { disk, store } = onDisk()
  const chain = newChain()
  const pay = paymentsOn(chain, { store })
  const handler = pay.stream(offer, async function* () {
    yield 'one'
    disk.full = true
    yield 'two'
  })
  const channel = await channelOf(handler, chain)
  await channel.open()
  const text = await (await channel.voucher(5_000n, 'GET')).text()
  expect(text).toContain('data: one')
  expect(text).not.toContain('data: two')
  expect(text.trimEnd().split('\n\n').at(-1)).toMatch(/"spent":"1000"/)
  disk.full = false
  await pay.close()
  expect(await channel.captured()).toBe(1_000n)
})

/** A disk of 512 KB of its own; undefined where none can be mounted. */
function smallDisk(): string | undefined {
  const path = mkdtempSync(join(tmpdir(), 'streamed-payments-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=512k', 'tmpfs', path], { stdio: 'ignore' })
  } catch {
    rmSync(path, { recursive: true })
    return undefined
  }
  onTestFinished(() => {
    execFileSync('umount', ['-l', path])
    rmSync(path, { recursive: true })
  })
  return path
}

test('a new store on a disk that is full is refused, and the process lives', async ({ skip }) => {
  const path = smallDisk()
  if (path === undefined) return skip('no file system can be mounted here')
  expect(() => writeFileSync(join(path, 'filler'), new Uint8Array(600_000))).toThrow('ENOSPC')
  await expect(lmdbStore(join(path, 'new'))).rejects.toThrow('ENOSPC')
  rmSync(join(path, 'filler'))
  await (await lmdbStore(join(path, 'new'))).close()
  expect(readdirSync(join(path, 'new')).filter((name) => name.includes('room'))).toEqual([])
})

test('the store on a disk that is full', async ({ skip }) => {
  const path = smallDisk()
  if (path === undefined) return skip('no file system can be mounted here')
  const chain = newChain()
  const store = await lmdbStore(path)
  const pay = paymentsOn(chain, { store })
  const handler = pay.fixed(offer, () => new Response('line'))
  const filler = join(path, 'filler')
  expect(() => writeFileSync(filler, new Uint8Array(600_000))).toThrow('ENOSPC')
  // What the database has in hand is used up first.
  const opened: Awaited<ReturnType<typeof channelOf>>[] = []
  const refused: typeof opened = []
  while (refused.length < 5 && opened.length < 200) {
    const channel = await channelOf(handler, chain, { deposit: 10_000n })
    const { status } = await channel.open()
    if (status === 200) opened.push(channel)
    else expect(status).toBe(503)
    if (status === 503) refused.push(channel)
  }
  expect(refused.length).toBe(5)
  const use = { kind: 'challenge', id: 'c' } as const
  const record = { by: 't'.repeat(60_000), state: 'paid', until: 5 } as const
  for (let i = 0; i < 3; i++)
    await expect(store.charges.update(use, () => ({ record, answer: 1 }))).rejects.toThrow(StoreUnavailable)
  expect((await handler(unpaid())).status).toBe(402)

  rmSync(filler)
  for (const channel of refused) expect((await channel.open()).status).toBe(200)
  expect(await store.charges.update(use, (found) => ({ record: found, answer: found }))).toBeUndefined()
  const all = [...opened, ...refused]
  for (const channel of all.slice(-3)) expect((await channel.voucher(1_000n, 'GET')).status).toBe(200)
  await pay.close()
  const again = await lmdbStore(path)
  const kept = await Promise.all(all.map(({ id }) => again.get(id)))
  expect(kept.map((found) => found?.ledger.deposit)).toEqual(all.map(() => 10_000n))
  expect(kept.slice(-3).map((found) => found?.ledger.spent)).toEqual([1_000n, 1_000n, 1_000n])
  await again.close()
})
