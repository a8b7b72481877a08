/** One-off payments on disk. Each change is one LMDB transaction, so it holds for every process that has the store open. */
import type { RootDatabase } from 'lmdb'
import { type ChargeStore, decode, encode, nameOf } from './charges.ts'

/** Names stand in order of time when their digits are as many. */
const dueKey = (until: number, name: string) =>
  `charge-until/${String(Math.ceil(until)).padStart(16, '0')}/${name}`

/** The charges of an open database. */
export function lmdbCharges(database: RootDatabase<string, string>): ChargeStore {
  return {
    update(use, change) {
      const name = nameOf(use)
      return database.transaction(() => {
        const text = database.get(`charge/${name}`)
        const before = text === undefined ? undefined : decode(text)
        const { record, answer } = change(before)
        if (record === before) return answer
        if (before !== undefined) database.removeSync(dueKey(before.until, name))
        if (record === undefined) database.removeSync(`charge/${name}`)
        else {
          database.putSync(`charge/${name}`, encode(record))
          database.putSync(dueKey(record.until, name), name)
        }
        return answer
      })
    },
    async forget(now) {
      await database.transaction(() => {
        const due = [...database.getRange({ start: 'charge-until/', end: dueKey(now, '') })]
        for (const { key, value: name } of due) {
          database.removeSync(key)
          database.removeSync(`charge/${name}`)
        }
      })
    },
  }
}
