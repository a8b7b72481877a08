/** One-off payments on disk. One process serves from a store (owner.ts), so what it has decided nobody else decides. */
import type { RootDatabase } from 'lmdb'
import { type ChargeStore, decode, encode, nameOf, type UseRecord } from './charges.ts'
import { WriteAhead } from './write-ahead.ts'

/** Names stand in order of time when their digits are as many. */
const dueKey = (until: number, name: string) =>
  `charge-until/${String(Math.ceil(until)).padStart(16, '0')}/${name}`

/** The charges of an open database. */
export function lmdbCharges(
  database: RootDatabase<string, string>,
): ChargeStore & { settled(): Promise<void> } {
  const uses = new WriteAhead<string, UseRecord>({
    read(name) {
      const text = database.get(`charge/${name}`)
      return text === undefined ? undefined : decode(text)
    },
    write: (name, record, before) =>
      database.batch(() => {
        if (before !== undefined) void database.remove(dueKey(before.until, name))
        if (record === undefined) return void database.remove(`charge/${name}`)
        void database.put(`charge/${name}`, encode(record))
        void database.put(dueKey(record.until, name), name)
      }),
  })
  return {
    async update(use, change) {
      return (await uses.update(nameOf(use), change)).answer
    },
    async forget(now) {
      const due = [...database.getRange({ start: 'charge-until/', end: dueKey(now, '') })]
      // A use whose time was moved meanwhile, or is being moved, stays.
      const expired = (record: UseRecord | undefined) => record !== undefined && record.until < now
      await Promise.all(
        due.map(({ value: name }) =>
          uses.update(name, (record) => ({
            record: expired(record) ? undefined : record,
            answer: undefined,
          })),
        ),
      )
    },
    settled: () => uses.settled(),
  }
}
