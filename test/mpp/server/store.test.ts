/** One contract, every store. */
import { describe, expect, test } from 'vitest'
import type { UseRecord } from '../../../src/mpp/server/store/charges.ts'
import { lmdbStore } from '../../../src/mpp/server/store/lmdb.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import type { ChannelRecord } from '../../../src/mpp/server/store/record.ts'
import * as Record from '../../../src/mpp/server/store/record.ts'
import { channelRecord } from '../../support/channel-record.ts'
import { folders } from '../../support/folders.ts'
import { address, bytes32, descriptor } from '../../support/samples.ts'

const record = (id: string, more: Partial<ChannelRecord> = {}): ChannelRecord =>
  channelRecord({ channelId: bytes32(id), descriptor: { ...descriptor, payer: address('aa') }, ...more })

const folder = folders()

describe.each([
  ['memory', async () => memoryStore()],
  ['lmdb', async () => lmdbStore(folder())],
])('the %s store', (_, make) => {
  const id = bytes32('c1')

  test('keeps what a change returns, whole', async () => {
    const store = await make()
    expect(await store.get(id)).toBeUndefined()
    const answer = await store.update(id, (before) => {
      expect(before).toBeUndefined()
      return { record: record('c1'), answer: 'kept' }
    })
    expect(answer).toBe('kept')
    expect(await store.get(id)).toEqual(record('c1'))
    await store.update(id, () => ({ record: undefined, answer: undefined }))
    expect(await store.get(id)).toBeUndefined()
    await store.close()
  })

  test('changes of one channel follow each other; none is lost', async () => {
    const store = await make()
    await store.update(id, () => ({ record: record('c1', { usedAt: 0 }), answer: undefined }))
    const seen = await Promise.all(
      Array.from({ length: 50 }, () =>
        store.update(id, (before) => {
          const usedAt = (before?.usedAt ?? 0) + 1
          return { record: { ...(before as ChannelRecord), usedAt }, answer: usedAt }
        }),
      ),
    )
    expect(seen).toEqual(Array.from({ length: 50 }, (_value, i) => i + 1))
    expect((await store.get(id))?.usedAt).toBe(50)
    await store.close()
  })

  test('a change that throws changes nothing', async () => {
    const store = await make()
    await store.update(id, () => ({ record: record('c1'), answer: undefined }))
    const failed = Promise.resolve().then(() =>
      store.update(id, () => {
        throw new Error('no')
      }),
    )
    await expect(failed).rejects.toThrow('no')
    expect(await store.get(id)).toEqual(record('c1'))
    await store.close()
  })

  test('tells who waits, and only of the channel waited for', async () => {
    const store = await make()
    const stop = new AbortController()
    const changed = store.changed(id, stop.signal)
    const other = store.changed(bytes32('c2'), stop.signal)
    await store.update(id, () => ({ record: record('c1'), answer: undefined }))
    await changed
    stop.abort(new Error('enough'))
    await expect(other).rejects.toThrow('enough')
    await store.close()
  })

  test('finds the channels of a payer, and those that are not closed', async () => {
    const store = await make()
    const closed = record('c3', { usedAt: 9 })
    closed.ledger = { ...closed.ledger, phase: 'closed' }
    const stranger = record('c4')
    stranger.descriptor = { ...stranger.descriptor, payer: address('ff') }
    for (const each of [record('c1', { usedAt: 8 }), record('c2', { usedAt: 7 }), closed, stranger])
      await store.update(each.channelId, () => ({ record: each, answer: undefined }))
    const ids = (records: ChannelRecord[]) => records.map(({ channelId }) => channelId)
    expect(ids(await store.ofPayer(address('aa')))).toEqual([bytes32('c2'), bytes32('c1'), bytes32('c3')])
    const live: ChannelRecord[] = []
    for await (const each of store.live()) live.push(each)
    expect(ids(live).sort()).toEqual([bytes32('c1'), bytes32('c2'), bytes32('c4')])
    await store.close()
  })
})

describe.each([
  ['memory', async () => memoryStore()],
  ['lmdb', async () => lmdbStore(folder())],
])('one-off payments in the %s store', (_, make) => {
  const use = { kind: 'challenge', id: 'c' } as const
  const paid = (until: number): UseRecord => ({ by: 't', state: 'paid', until })

  test('of many who claim one use at once, one finds it free', async () => {
    const store = await make()
    const claims = Array.from({ length: 20 }, (_, i) =>
      store.charges.update(use, (before) => ({
        record: before ?? { ...paid(5), by: String(i) },
        answer: before === undefined,
      })),
    )
    expect((await Promise.all(claims)).filter(Boolean)).toHaveLength(1)
    await store.close()
  })

  test('kinds do not mix; what is released is gone; what throws changes nothing', async () => {
    const store = await make()
    const read = (each: typeof use | { kind: 'transaction'; id: string }) =>
      store.charges.update(each, (record) => ({ record, answer: record }))
    await store.charges.update(use, () => ({ record: paid(5), answer: undefined }))
    expect(await read({ kind: 'transaction', id: 'c' })).toBeUndefined()
    const failed = Promise.resolve().then(() =>
      store.charges.update(use, () => {
        throw new Error('no')
      }),
    )
    await expect(failed).rejects.toThrow('no')
    expect(await read(use)).toEqual(paid(5))
    await store.charges.update(use, () => ({ record: undefined, answer: undefined }))
    expect(await read(use)).toBeUndefined()
    await store.close()
  })

  test('forgets what can be used no more, and nothing else', async () => {
    const store = await make()
    const idOf = (until: number) => ({ kind: 'transaction', id: `t${until}` }) as const
    for (const until of [9, 10, 11, 1_800_000_000_000])
      await store.charges.update(idOf(until), () => ({ record: paid(until), answer: undefined }))
    await store.charges.forget(11)
    const left = async (until: number) =>
      store.charges.update(idOf(until), (record) => ({ record, answer: record !== undefined }))
    expect(await Promise.all([9, 10, 11, 1_800_000_000_000].map(left))).toEqual([false, false, true, true])
    await store.close()
  })
})

test('the lmdb store holds across processes what it has answered for', async () => {
  const path = folder()
  const first = await lmdbStore(path)
  expect(first.durable).toBe(true)
  await Promise.all(
    ['c1', 'c2', 'c3'].map((id) =>
      first.update(bytes32(id), () => ({ record: record(id), answer: undefined })),
    ),
  )
  await first.close()
  const second = await lmdbStore(path)
  expect(await second.get(bytes32('c2'))).toEqual(record('c2'))
  await second.close()
})

test('a record on disk is read strictly', () => {
  const text = Record.encode(record('c1'))
  expect(Record.decode(text)).toEqual(record('c1'))
  expect(() => Record.decode(text.replace('"spent":"2000"', '"spent":2000'))).toThrow()
  expect(() => Record.decode(text.replace('"open"', '"maybe"'))).toThrow()
})

test('a record made from one that was written is written as it would be alone', () => {
  const before = record('c1')
  Record.encode(before)
  const more: Partial<ChannelRecord>[] = [
    { ledger: { ...before.ledger, spent: 2500n, units: 3 } },
    { vouchers: [...before.vouchers, { cumulativeAmount: 4000n, signature: `0x${'22'.repeat(65)}` }] },
    { credited: [...before.credited, bytes32('04')] },
    { chargedKeys: [...before.chargedKeys, 'l'] },
    { descriptor: { ...before.descriptor, salt: bytes32('05') } },
  ]
  for (const changed of more) {
    const after = { ...before, ...changed }
    expect(Record.encode(after)).toBe(Record.encode(structuredClone(after)))
    expect(Record.decode(Record.encode(after))).toEqual(after)
  }
})
