/** A disk in memory: it outlives the servers that open it. */
import { memoryEngine } from '../../../../src/store/memory.ts'
import type { Engine, Kind, Table } from '../../../../src/store/table.ts'

/** An engine of tables that whoever opens them again finds as they were left. */
export function disk(): Engine {
  const engine = memoryEngine()
  const tables = new Map<string, unknown>()
  return {
    ...engine,
    table<T>(kind: Kind<T>): Table<T> {
      const table = (tables.get(kind.name) as Table<T> | undefined) ?? engine.table(kind)
      tables.set(kind.name, table)
      return table
    },
  }
}
