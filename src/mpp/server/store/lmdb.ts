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
import { WriteAhead } from './write-ahead.ts'

/**
 * Opens or creates the store in a folder. Rejects when lmdb is not installed, when the folder cannot be written, and
 * with `StoreInUse` while another process serves from it. One account has one store: what is sold on a channel is in
 * the books of one (spec/money.md).
 *
 * ```ts
 * const store = await lmdbStore(folder)
 * const pay = payments({ account, chain, store, secretKey, realm: 'localhost' })
 * ```
 */
export async function lmdbStore(folder: string): Promise<ChannelStore> {
  const { open } = await import('lmdb')
  const database: RootDatabase<string, string> = open({
    path: `${folder}/channels.lmdb`,
    encoding: 'string',
    // A commit includes its sync: resolved means on disk.
    overlappingSync: false,
    // What is batched by turns of the event loop rejects a promise of its own, which nobody can hear.
    eventTurnBatching: false,
  })
  const disown = await own(database, folder).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const changes = changeSignal()
  const channels = new WriteAhead<Bytes32, Record.ChannelRecord>({
    read(channelId) {
      const text = database.get(`channel/${channelId}`)
      return text === undefined ? undefined : Record.decode(text)
    },
    write: (channelId, record) =>
      database.batch(() => {
        const key = `channel/${channelId}`
        if (record === undefined) return void database.remove(key)
        void database.put(key, Record.encode(record))
        void database.put(`payer/${record.descriptor.payer}/${channelId}`, '')
      }),
  })
  const charges = lmdbCharges(database)
  const keysUnder = (prefix: string) => [...database.getKeys({ start: prefix, end: `${prefix}\uffff` })]
  const idIn = (key: string) => key.slice(key.lastIndexOf('/') + 1) as Bytes32

  return {
    durable: true,
    charges,
    get: (channelId) => channels.get(channelId),
    async update(channelId, change) {
      const { answer, changed } = await channels.update(channelId, change)
      if (changed) changes.notify(channelId)
      return answer
    },
    changed: changes.wait,
    async ofPayer(payer) {
      const found = await Promise.all(keysUnder(`payer/${payer}/`).map((key) => channels.get(idIn(key))))
      return byUse(found.filter((record) => record !== undefined))
    },
    async *live() {
      for (const key of keysUnder('channel/')) {
        const record = await channels.get(idIn(key))
        if (record !== undefined && record.ledger.phase !== 'closed') yield record
      }
    },
    async close() {
      await Promise.all([channels.settled(), charges.settled()])
      await disown()
      await database.close()
    },
  }
}
