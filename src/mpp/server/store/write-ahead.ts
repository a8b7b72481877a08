/**
 * Records that are decided at once and answered for when they are on disk. A change builds on what was decided last,
 * though that may still be on its way to disk, so changes of one record share a commit; what cannot be written is
 * decided no longer, and the record is again what the disk says.
 *
 * No transaction of LMDB is held open meanwhile: one that cannot be written (a full disk) would block the database.
 */
import { StoreUnavailable } from './store.ts'

export interface Disk<Key, T> {
  /** The record on disk. */
  read(key: Key): T | undefined
  /** Writes a record, undefined for none, over the one that was decided before. Resolves when it is on disk. */
  write(key: Key, record: T | undefined, before: T | undefined): Promise<unknown>
}

export class WriteAhead<Key, T> {
  readonly #disk: Disk<Key, T>
  /** What was decided and is not yet on disk. `written` never rejects: it answers whether it is there. */
  readonly #ahead = new Map<Key, { record: T | undefined; written: Promise<boolean> }>()

  constructor(disk: Disk<Key, T>) {
    this.#disk = disk
  }

  /** The record on disk, once nothing newer is on its way there. */
  async get(key: Key): Promise<T | undefined> {
    await this.#ahead.get(key)?.written
    return this.#disk.read(key)
  }

  /**
   * Changes a record: `changed` says whether it became another. Rejects with `StoreUnavailable` when the change, or the
   * one that its answer rests on, cannot be written.
   */
  async update<A>(
    key: Key,
    change: (record: T | undefined) => { record: T | undefined; answer: A },
  ): Promise<{ answer: A; changed: boolean }> {
    const ahead = this.#ahead.get(key)
    const before = ahead === undefined ? this.#disk.read(key) : ahead.record
    const { record, answer } = change(before)
    if (record !== before) {
      await this.#write(key, record, before)
      return { answer, changed: true }
    }
    // An answer that rests on a state still being written must not overtake it.
    if (ahead !== undefined && !(await ahead.written)) throw new StoreUnavailable()
    return { answer, changed: false }
  }

  /** Waits until nothing is on its way to disk. */
  async settled(): Promise<void> {
    await Promise.all([...this.#ahead.values()].map(({ written }) => written))
  }

  async #write(key: Key, record: T | undefined, before: T | undefined): Promise<void> {
    let failed: StoreUnavailable | undefined
    const written = commit(() => this.#disk.write(key, record, before)).then(
      () => true,
      (cause: StoreUnavailable) => {
        failed = cause
        return false
      },
    )
    const entry = { record, written }
    this.#ahead.set(key, entry)
    await written
    if (this.#ahead.get(key) === entry) this.#ahead.delete(key)
    if (failed !== undefined) throw failed
  }
}

/** Writes to LMDB. Rejects with `StoreUnavailable` when that cannot be done now. */
export async function commit(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    // LMDB rejects a second promise with the reason; nobody else listens to it.
    const { commitError } = cause as { commitError?: Promise<unknown> }
    commitError?.catch(() => undefined)
    throw new StoreUnavailable({ cause })
  }
}
