/**
 * A store on disk, for one process: LMDB with group commit. An update resolves when the transaction that holds it
 * is synced, so what is served afterwards survives a kill and a power cut; updates of many channels share one sync.
 */
import type { RootDatabase } from 'lmdb'
import type { Bytes32 } from '../../../codec/hex.ts'
import { changeSignal } from './change-signal.ts'
import { lmdbCharges } from './lmdb-charges.ts'
import { byUse } from './memory.ts'
import { own } from './owner.ts'
import * as Record from './record.ts'
import type { ChannelStore } from './store.ts'

/**
 * Opens or creates the store in a folder. Rejects when lmdb is not installed, when the folder cannot be written, and
 * with `StoreInUse` while another process serves from it. One account has one store: what is sold on a channel is in
 * the books of one (spec/money.md).
 */
export async function lmdbStore(folder: string): Promise<ChannelStore> {
  const { open } = await import('lmdb')
  const database: RootDatabase<string, string> = open({
    path: `${folder}/channels.lmdb`,
    encoding: 'string',
    // A commit includes its sync: resolved means on disk.
    overlappingSync: false,
  })
  const disown = await own(database, folder).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const changes = changeSignal()
  /** What was decided and is not yet on disk: updates build on it, readers wait for it. */
  const pending = new Map<Bytes32, { record: Record.ChannelRecord | undefined; written: Promise<unknown> }>()

  const stored = (channelId: Bytes32) => {
    const text = database.get(`channel/${channelId}`)
    return text === undefined ? undefined : Record.decode(text)
  }
  const latest = (channelId: Bytes32) => {
    const ahead = pending.get(channelId)
    return ahead === undefined ? stored(channelId) : ahead.record
  }
  async function write(channelId: Bytes32, record: Record.ChannelRecord | undefined): Promise<void> {
    const key = `channel/${channelId}`
    const written =
      record === undefined
        ? database.remove(key)
        : Promise.all([
            database.put(key, Record.encode(record)),
            database.put(`payer/${record.descriptor.payer}/${channelId}`, ''),
          ])
    const entry = { record, written }
    pending.set(channelId, entry)
    try {
      await written
    } finally {
      if (pending.get(channelId) === entry) pending.delete(channelId)
    }
    changes.notify(channelId)
  }
  const get = async (channelId: Bytes32) => {
    await pending.get(channelId)?.written
    return stored(channelId)
  }
  const keysUnder = (prefix: string) => [...database.getKeys({ start: prefix, end: `${prefix}\uffff` })]
  const idIn = (key: string) => key.slice(key.lastIndexOf('/') + 1) as Bytes32

  return {
    durable: true,
    charges: lmdbCharges(database),
    get,
    async update(channelId, change) {
      const before = latest(channelId)
      const { record, answer } = change(before)
      if (record !== before) await write(channelId, record)
      // An answer that rests on a state still being written must not overtake it.
      else await pending.get(channelId)?.written
      return answer
    },
    changed: changes.wait,
    async ofPayer(payer) {
      const found = await Promise.all(keysUnder(`payer/${payer}/`).map((key) => get(idIn(key))))
      return byUse(found.filter((record) => record !== undefined))
    },
    async *live() {
      for (const key of keysUnder('channel/')) {
        const record = await get(idIn(key))
        if (record !== undefined && record.ledger.phase !== 'closed') yield record
      }
    },
    async close() {
      await Promise.allSettled([...pending.values()].map(({ written }) => written))
      try {
        disown()
      } finally {
        await database.close()
      }
    },
  }
}
