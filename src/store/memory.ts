/** Tables in memory: as durable as the process. */
import { changeSignal } from './change-signal.ts'
import type { Engine, Kind, Table } from './table.ts'

/** Builds an engine without tables. */
export const memoryEngine = (): Engine => ({ durable: false, table, close: async () => undefined })

function table<T>({ indexes }: Kind<T>): Table<T> {
  const records = new Map<string, T>()
  const changes = changeSignal()
  const found = (index: string, is: (text: string) => boolean) =>
    [...records].filter(([, record]) => is(indexes[index]?.(record) ?? ''))
  return {
    async get(key) {
      return records.get(key)
    },
    async update(key, change) {
      const before = records.get(key)
      const { record, answer } = change(before)
      if (record !== before) {
        if (record === undefined) records.delete(key)
        else records.set(key, record)
        changes.notify(key)
      }
      return answer
    },
    changed: changes.wait,
    where: async (index, text) => found(index, (own) => own === text).map(([, record]) => record),
    keysBefore: async (index, text) => found(index, (own) => own < text).map(([key]) => key),
    async *all() {
      yield* [...records.values()]
    },
  }
}
