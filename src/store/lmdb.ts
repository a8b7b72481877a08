/**
 * Tables on disk, for one process: LMDB with group commit. An update resolves when the transaction that holds it is
 * synced, so what is served afterwards survives a kill and a power cut. Updates of many records share one transaction
 * and its sync (`group-commit.ts`).
 *
 * On disk a record stands under `<kind>/<key>`, and for each index its key under `<index>/<text>/<key>`.
 */
import { existsSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import type { RootDatabase } from 'lmdb'
import { changeSignal } from './change-signal.ts'
import { GroupCommit } from './group-commit.ts'
import { own } from './owner.ts'
import type { Engine, Kind, Table } from './table.ts'
import { WriteAhead } from './write-ahead.ts'

type Database = RootDatabase<string, string>

/**
 * Opens or creates a file in a folder. Rejects when lmdb is not installed, when the folder cannot be written, and with
 * `StoreInUse` while another process serves from it.
 */
export async function lmdbEngine(folder: string, file: string): Promise<Engine> {
  const { open } = await import('lmdb')
  await checkRoom(folder, file)
  const database: Database = open({
    path: `${folder}/${file}`,
    encoding: 'string',
    // A commit includes its sync: resolved means on disk.
    overlappingSync: false,
    // With it, lmdb would also reject a batch promise of its own, which callers cannot catch.
    eventTurnBatching: false,
  })
  const disown = await own(database, folder).catch(async (error: unknown) => {
    await database.close()
    throw error
  })
  const group = new GroupCommit((writes) => database.batch(writes))
  const unwritten: (() => Promise<void>)[] = []
  return {
    durable: true,
    table(kind) {
      const { records, ...made } = tableOf(database, group, kind)
      unwritten.push(() => records.written())
      return made
    },
    async close() {
      await Promise.all(unwritten.map((written) => written()))
      await disown()
      await database.close()
    },
  }
}

/** Bytes that a new database takes at once. */
const firstBytes = 64 * 1024

/**
 * Rejects when a new database does not fit on the disk. LMDB maps its lock file into memory: where there is no room for
 * that, the process would die of SIGBUS.
 */
async function checkRoom(folder: string, file: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  if (existsSync(`${folder}/${file}-lock`)) return
  const probe = `${folder}/${file}-room`
  try {
    await writeFile(probe, new Uint8Array(firstBytes))
  } finally {
    await rm(probe, { force: true })
  }
}

/** Records of a slice: about ten milliseconds of reading. */
const slice = 256

function tableOf<T>(
  database: Database,
  group: GroupCommit,
  { name, encode, decode, indexes, covers }: Kind<T>,
): Table<T> & { records: WriteAhead<string, T> } {
  const entryOf = (index: string, key: string, record: T | undefined) =>
    record === undefined ? undefined : `${index}/${indexes[index]?.(record)}/${key}`
  const isSame = (index: string, a: T, b: T) => indexes[index]?.(a) === indexes[index]?.(b)
  const names = Object.keys(indexes)
  const under = (prefix: string) => ({ start: `${prefix}/`, end: `${prefix}/\uffff` })
  const written = database.getKeysCount(under(name))
  for (const index of names) {
    // An index has one entry for each record; of a folder that a release without it wrote, it has too few.
    if (database.getKeysCount(under(index)) === written) continue
    database.transactionSync(() => {
      for (const entry of [...database.getKeys(under(index))]) database.removeSync(entry)
      for (const { key: entry, value } of [...database.getRange(under(name))]) {
        const key = entry.slice(name.length + 1)
        database.putSync(entryOf(index, key, decode(value)) as string, key)
      }
    })
  }
  const records = new WriteAhead<string, T>({
    read(key) {
      const text = database.get(`${name}/${key}`)
      return text === undefined ? undefined : decode(text)
    },
    write(key, record, before) {
      const text = record === undefined ? undefined : encode(record)
      const moved = names.flatMap((index) => {
        // Most writes change nothing that a record is found by.
        if (record !== undefined && before !== undefined && isSame(index, record, before)) return []
        return [{ old: entryOf(index, key, before), now: entryOf(index, key, record) }]
      })
      return group.add(() => {
        for (const { old, now } of moved) {
          if (old !== undefined) void database.remove(old)
          if (now !== undefined) void database.put(now, key)
        }
        if (text === undefined) void database.remove(`${name}/${key}`)
        else void database.put(`${name}/${key}`, text)
      })
    },
    ...(covers === undefined ? {} : { covers }),
  })
  const changes = changeSignal()
  /** Keys of what an index has from one entry on to before another. Entries of the first releases hold no key. */
  const keysIn = (start: string, end: string) =>
    [...database.getRange({ start, end })].map(
      ({ key: entry, value: key }) => key || entry.slice(entry.lastIndexOf('/') + 1),
    )
  return {
    records,
    get: (key) => records.get(key),
    async update(key, change) {
      const { answer, changed } = await records.update(key, change)
      if (changed) changes.notify(key)
      return answer
    },
    changed: changes.wait,
    async where(index, text) {
      const keys = keysIn(`${index}/${text}/`, `${index}/${text}/\uffff`)
      const found = await Promise.all(keys.map((key) => records.get(key)))
      return found.filter((record) => record !== undefined)
    },
    keysBefore: async (index, text) => keysIn(`${index}/`, `${index}/${text}/`),
    async *each(index, text) {
      let read = 0
      for (const key of keysIn(`${index}/${text}/`, `${index}/${text}/\uffff`)) {
        if (++read % slice === 0) await turn()
        const record = await records.get(key)
        if (record !== undefined && indexes[index]?.(record) === text) yield record
      }
    },
  }
}
