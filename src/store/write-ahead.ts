/**
 * Changes records in memory at once, and resolves when they are on disk. A change builds on the latest state, even
 * while that state is still being written. Each record has at most one write in progress; changes that arrive meanwhile
 * share the next write. So no state reaches the disk that builds on a state which did not: when a write fails, all
 * changes decided after it are rejected too, and the record is again what the disk holds.
 *
 * No LMDB transaction is held open meanwhile: one that cannot be written (a full disk) would block the database.
 */
import { StoreUnavailable } from './table.ts'

export interface Disk<Key, T> {
  /** The record on disk. */
  read(key: Key): T | undefined
  /** Writes a record, undefined for none, over the one on disk. Resolves when it is there, rejects when it is not. */
  write(key: Key, record: T | undefined, before: T | undefined): Promise<unknown>
}

/** A record of which the disk does not know the latest state. */
interface Ahead<T> {
  /** What was decided last. */
  latest: T | undefined
  /** When that is on disk, or cannot be. */
  written: Promise<void>
  /** Whether the write that `written` stands for has not begun: what is decided now is part of it. */
  waiting: boolean
}

export class WriteAhead<Key, T> {
  readonly #disk: Disk<Key, T>
  readonly #ahead = new Map<Key, Ahead<T>>()

  constructor(disk: Disk<Key, T>) {
    this.#disk = disk
  }

  /** The record on disk, once nothing newer is on its way there. */
  async get(key: Key): Promise<T | undefined> {
    await this.#ahead.get(key)?.written.catch(refused)
    return this.#disk.read(key)
  }

  /**
   * Changes a record: `changed` says whether it became another. Rejects with `StoreUnavailable` when the change, or one
   * that it rests on, cannot be written.
   */
  async update<A>(
    key: Key,
    change: (record: T | undefined) => { record: T | undefined; answer: A },
  ): Promise<{ answer: A; changed: boolean }> {
    const ahead = this.#ahead.get(key)
    const before = ahead === undefined ? this.#disk.read(key) : ahead.latest
    const { record, answer } = change(before)
    const changed = record !== before
    // An answer that rests on a state still being written must not overtake it.
    await (changed ? this.#decide(key, record, ahead, before) : ahead?.written)
    return { answer, changed }
  }

  /** Waits until nothing is on its way to disk. */
  async written(): Promise<void> {
    await Promise.all([...this.#ahead.values()].map(({ written }) => written.catch(refused)))
  }

  #decide(
    key: Key,
    record: T | undefined,
    ahead: Ahead<T> | undefined,
    before: T | undefined,
  ): Promise<void> {
    if (ahead === undefined) {
      const first: Ahead<T> = { latest: record, written: Promise.resolve(), waiting: false }
      this.#ahead.set(key, first)
      first.written = this.#write(key, first, before)
      return first.written
    }
    ahead.latest = record
    if (!ahead.waiting) {
      // What was decided before is what is being written.
      ahead.waiting = true
      ahead.written = ahead.written.then(() => this.#write(key, ahead, before))
    }
    return ahead.written
  }

  /** Writes the latest state. Changes that wait for a following write are rejected together with this one. */
  async #write(key: Key, ahead: Ahead<T>, before: T | undefined): Promise<void> {
    const record = ahead.latest
    ahead.waiting = false
    try {
      await commit(() => this.#disk.write(key, record, before))
    } catch (error) {
      this.#ahead.delete(key)
      throw error
    }
    if (!ahead.waiting) this.#ahead.delete(key)
  }
}

/** Readers and `written()` ignore a failed write: it is reported to the caller of the change. */
const refused = (_: StoreUnavailable): undefined => undefined

/** Writes to LMDB. Rejects with `StoreUnavailable` when that cannot be done now. */
export async function commit(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    // LMDB rejects a second promise with the reason; without a handler it would be an unhandled rejection.
    const { commitError } = cause as { commitError?: Promise<unknown> }
    commitError?.catch(() => undefined)
    throw new StoreUnavailable({ cause })
  }
}
