/** What channels cost a payee once they are closed: nothing. What is counted is what is read, not the time it takes. */
import { open } from 'lmdb'
import { expect, test } from 'vitest'
import { disk } from '../../../conformance/peers/x402/payee/disk.ts'
import type { Bytes32 } from '../../../src/codec/hex.ts'
import { channelStore } from '../../../src/mpp/server/store/channels.ts'
import type { ChannelRecord } from '../../../src/mpp/server/store/record.ts'
import * as Record from '../../../src/mpp/server/store/record.ts'
import { lmdbEngine } from '../../../src/store/lmdb.ts'
import type { Engine, Kind, Table } from '../../../src/store/table.ts'
import { channelRecord } from '../../support/channel-record.ts'
import { folders } from '../../support/folders.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { descriptor } from '../../support/samples.ts'

const closed = 20_000
const live = 3
const folder = folders()

const idOf = (i: number) => `0x${i.toString(16).padStart(64, '0')}` as Bytes32
const record = (i: number, phase: ChannelRecord['ledger']['phase']): ChannelRecord =>
  channelRecord({
    channelId: idOf(i),
    ledger: { deposit: 9n, settled: 3n, closeRequestedAt: 0, accepted: 3n, spent: 3n, units: 3, phase },
    vouchers: [],
    credited: [],
    chargedKeys: [],
  })

/** Tells of every channel that is read: looked up by its key, decoded, or asked what an index says of it. */
function watched(engine: Engine, tell: (channelId: string) => void): Engine {
  const telling =
    <T, R>(work: (arg: T) => R, idOf: (arg: T, result: R) => unknown) =>
    (arg: T): R => {
      const result = work(arg)
      tell(String(idOf(arg, result)))
      return result
    }
  return {
    ...engine,
    table<T>(kind: Kind<T>): Table<T> {
      if (kind.name !== 'channel') return engine.table(kind)
      const id = (each: unknown) => (each as ChannelRecord).channelId
      const indexes = Object.entries(kind.indexes).map(([name, text]) => [name, telling(text, id)] as const)
      const table = engine.table({
        ...kind,
        decode: telling(kind.decode, (_, decoded) => id(decoded)),
        indexes: Object.fromEntries(indexes),
      })
      return { ...table, get: telling(table.get, (key) => key) }
    },
  }
}

async function fill(engine: Engine): Promise<void> {
  const store = channelStore(engine)
  const all = Array.from({ length: closed + live }, (_, i) => record(i, i < closed ? 'closed' : 'open'))
  await Promise.all(all.map((each) => store.update(each.channelId, () => ({ record: each, answer: each }))))
}

/** A folder that a process left: what it holds is written at once, as its texts. */
async function onDisk(): Promise<Engine> {
  const path = folder()
  const left = open<string, string>({ path: `${path}/channels.lmdb`, encoding: 'string' })
  await left.transaction(() => {
    for (let i = 0; i < closed + live; i++) {
      const phase = i < closed ? 'closed' : 'open'
      void left.put(`channel/${idOf(i)}`, Record.encode(record(i, phase)))
      void left.put(`channel-phase/${i < closed ? 'closed' : 'live'}/${idOf(i)}`, idOf(i))
      void left.put(`payer/${descriptor.payer}/${idOf(i)}`, idOf(i))
    }
  })
  await left.close()
  return lmdbEngine(path, 'channels.lmdb')
}

test.each([
  ['on disk', onDisk],
  ['in memory', async () => disk()],
])('upkeep reads no channel that is closed, %s', async (where, make) => {
  const read = new Set<string>()
  const engine = watched(await make(), (channelId) => read.add(channelId))
  if (where === 'in memory') await fill(engine)
  read.clear()
  const options = { store: channelStore(engine), onError: () => undefined, claimTimeoutMs: 0 }
  const pay = paymentsOn(newChain(), options)
  await pay.tend()
  await pay.close()
  expect([...read].sort()).toEqual(Array.from({ length: live }, (_, i) => idOf(closed + i)))
})
