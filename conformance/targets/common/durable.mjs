/** A store that outlives the process: every change is appended to a file of the folder before it counts. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Makes the SDK's stores in a folder, with the SDK's own `Store`. */
export const durableIn = (folder, Store) => (name) => {
  const file = join(folder, name)
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  const kept = new Map(lines.map((line) => JSON.parse(line)))
  const set = (key, value) => {
    appendFileSync(file, `${JSON.stringify([key, value])}\n`)
    kept.set(key, value)
  }
  const get = (key) => kept.get(key) ?? null
  return Store.cloudflare({
    get: async (key) => get(key),
    put: async (key, value) => set(key, value),
    delete: async (key) => set(key, null),
    async update(key, change) {
      const { op, value, result } = change(get(key))
      if (op !== 'noop') set(key, op === 'set' ? value : null)
      return result
    },
  })
}
