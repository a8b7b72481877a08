/**
 * The store of a server without a data folder: in memory, but for channels that could not be closed when it was stopped.
 * Those are written to a file, with their vouchers, and the next start closes them first.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { memoryStore } from '../mpp/server/store/memory.ts'
import * as Record from '../mpp/server/store/record.ts'
import type { ChannelStore } from '../mpp/server/store/store.ts'
import { CliError, messageOf } from './output.ts'

export interface UnclaimedStore {
  /** A store that holds what was left behind, to be closed at once. Rejects with `CliError` for a file of something else. */
  open(): Promise<ChannelStore>
  /** Why the file could not be written now; undefined where it can. */
  unwritable(): string | undefined
  /** Writes what could not be claimed; nothing removes the file. Throws where it cannot be written: then it is as before. */
  keep(channels: readonly Record.ChannelRecord[]): void
}

/** The store with its file, a record to a line. */
export function unclaimedStore(file: string): UnclaimedStore {
  return {
    async open() {
      const store = memoryStore()
      const lines = existsSync(file) ? textOf(file).split('\n').filter(Boolean) : []
      for (const line of lines) {
        const record = recordIn(line, file)
        // A close that is under way is what upkeep takes up first; no time that passes ends it.
        const ledger = { ...record.ledger, phase: 'closing' as const }
        const left = { ...record, ledger, closingUntil: Number.MAX_SAFE_INTEGER }
        await store.update(record.channelId, () => ({ record: left, answer: undefined }))
      }
      return store
    },
    unwritable() {
      try {
        writeFileSync(`${file}.new`, '', { mode: 0o600 })
        rmSync(`${file}.new`)
        return undefined
      } catch (error) {
        return messageOf(error)
      }
    },
    keep(channels) {
      if (channels.length === 0) return rmSync(file, { force: true })
      // All of it or nothing: a crash must not cut it short.
      const text = channels.map((record) => `${Record.encode(record)}\n`).join('')
      writeFileSync(`${file}.new`, text, { mode: 0o600 })
      renameSync(`${file}.new`, file)
    },
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${messageOf(error)}`)
  }
}

/** A line of the file. What it cannot read it leaves as it is: it may be what claims somebody's money. */
function recordIn(line: string, file: string): Record.ChannelRecord {
  try {
    return Record.decode(line)
  } catch (error) {
    throw new CliError(`${file} holds no unclaimed channels: ${messageOf(error)}`)
  }
}
