/** Tables in memory: as durable as the process. */
import { changeSignal } from './change-signal.ts'
import type { Engine, Kind, Table } from './table.ts'

/** Builds an engine without tables. */
export const memoryEngine = (): Engine => ({ durable: false, table, close: async () => undefined })

function table<T>({ indexes }: Kind<T>): Table<T> {
  const records = new Map<string, T>()
  const changes = changeSignal()
  /** For each index, by what it says: the keys of the records. */
  const found = new Map(Object.keys(indexes).map((index) => [index, new Map<string, Set<string>>()]))
  const keys = (index: string, text: string) => [...(found.get(index)?.get(text) ?? [])]
  const textsOf = Object.entries(indexes)
  const index = (key: string, before: T | undefined, record: T | undefined) => {
    for (const [name, textOf] of textsOf) {
      const old = before === undefined ? undefined : textOf(before)
      const now = record === undefined ? undefined : textOf(record)
      if (old === now) continue
      const texts = found.get(name) as Map<string, Set<string>>
      if (old !== undefined) {
        const left = texts.get(old)
        left?.delete(key)
        if (left?.size === 0) texts.delete(old)
      }
      if (now !== undefined) texts.set(now, (texts.get(now) ?? new Set()).add(key))
    }
  }
  async function* each(name: string, text: string) {
    for (const key of keys(name, text)) {
      const record = records.get(key)
      if (record !== undefined && indexes[name]?.(record) === text) yield record
    }
  }
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
        index(key, before, record)
        changes.notify(key)
      }
      return answer
    },
    changed: changes.wait,
    where: async (name, text) => keys(name, text).map((key) => records.get(key) as T),
    keysBefore: async (name, text) =>
      [...(found.get(name) ?? [])].flatMap(([own, of]) => (own < text ? [...of] : [])),
    each,
  }
}
