/** One contract, every engine; and folders that earlier releases wrote. */
import { open } from 'lmdb'
import { describe, expect, test } from 'vitest'
import { lmdbStore } from '../../src/mpp/server/store/lmdb.ts'
import * as Record from '../../src/mpp/server/store/record.ts'
import { lmdbEngine } from '../../src/store/lmdb.ts'
import { memoryEngine } from '../../src/store/memory.ts'
import type { Kind } from '../../src/store/table.ts'
import { folders } from '../support/folders.ts'
import { address, bytes32, reserve, token } from '../support/samples.ts'

interface Word {
  text: string
  length: number
}

const words: Kind<Word> = {
  name: 'word',
  encode: (word) => JSON.stringify(word),
  decode: (text) => JSON.parse(text) as Word,
  indexes: { 'word-length': ({ length }) => String(length).padStart(4, '0') },
}

const folder = folders()

const word = (text: string): Word => ({ text, length: text.length })

describe.each([
  ['memory', async () => memoryEngine()],
  ['lmdb', () => lmdbEngine(folder(), 'words.lmdb')],
])('tables in the %s engine', (_, make) => {
  async function filled() {
    const engine = await make()
    const table = engine.table(words)
    const put = (key: string, record: Word | undefined) =>
      table.update(key, () => ({ record, answer: undefined }))
    for (const text of ['Two', 'roads', 'diverged', 'in', 'a/b']) await put(text, word(text))
    return { engine, table, put }
  }

  test('an index finds what it says now, and not what it said', async () => {
    const { engine, table, put } = await filled()
    const texts = async (length: string) => (await table.where('word-length', length)).map(({ text }) => text)
    expect((await texts('0003')).sort()).toEqual(['Two', 'a/b'])
    await put('Two', word('twofold'))
    expect(await texts('0003')).toEqual(['a/b'])
    expect(await texts('0007')).toEqual(['twofold'])
    await put('Two', undefined)
    expect(await texts('0007')).toEqual([])
    await engine.close()
  })

  test('keys before a text leave out that text', async () => {
    const { engine, table } = await filled()
    expect((await table.keysBefore('word-length', '0005')).sort()).toEqual(['Two', 'a/b', 'in'])
    await engine.close()
  })

  test('each record that an index finds, without those that go meanwhile', async () => {
    const { engine, table, put } = await filled()
    const seen: string[] = []
    for await (const { text } of table.each('word-length', '0003')) {
      if (seen.length === 0) await put(text === 'Two' ? 'a/b' : 'Two', word('longer'))
      seen.push(text)
    }
    expect(seen).toHaveLength(1)
    await engine.close()
  })

  test('kinds do not mix', async () => {
    const { engine } = await filled()
    const others = engine.table({
      ...words,
      name: 'other',
      indexes: { 'other-length': ({ length }) => String(length).padStart(4, '0') },
    })
    expect(await others.get('Two')).toBeUndefined()
    const found: Word[] = []
    for await (const each of others.each('other-length', '0003')) found.push(each)
    expect(found).toEqual([])
    await engine.close()
  })
})

test('a folder of an earlier release opens: channels by payer, one-off payments by their time', async () => {
  const path = folder()
  const old = open<string, string>({ path: `${path}/channels.lmdb`, encoding: 'string' })
  const payer = address('aa')
  const channelId = bytes32('c1')
  const record: Record.ChannelRecord = {
    channelId,
    protocol: 'v2',
    chainId: 42_431,
    escrow: reserve,
    descriptor: {
      payer,
      payee: address('bb'),
      operator: address('00'),
      token,
      salt: bytes32('01'),
      authorizedSigner: address('00'),
      expiringNonceHash: bytes32('02'),
    },
    ledger: {
      deposit: 9n,
      settled: 0n,
      closeRequestedAt: 0,
      accepted: 3n,
      spent: 2n,
      units: 2,
      phase: 'open',
    },
    vouchers: [],
    challengeId: 'c',
    credited: [],
    chargedKeys: [],
    usedAt: 5,
  }
  await old.put(`channel/${channelId}`, Record.encode(record))
  // An entry of an index had no value.
  await old.put(`payer/${payer}/${channelId}`, '')
  await old.put('charge/challenge/c', '{"by":"t","state":"paid","until":7}')
  await old.put('charge-until/0000000000000007/challenge/c', 'challenge/c')
  await old.close()

  const store = await lmdbStore(path)
  expect(await store.get(channelId)).toEqual(record)
  expect(await store.ofPayer(payer)).toEqual([record])
  // That it is not closed stood in no index.
  const live: Record.ChannelRecord[] = []
  for await (const each of store.live()) live.push(each)
  expect(live).toEqual([record])
  const use = { kind: 'challenge', id: 'c' } as const
  const isKept = () => store.charges.update(use, (kept) => ({ record: kept, answer: kept !== undefined }))
  await store.charges.forget(7)
  expect(await isKept()).toBe(true)
  await store.charges.forget(8)
  expect(await isKept()).toBe(false)
  await store.close()
})
