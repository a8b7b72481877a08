/**
 * Changes records in memory at once, and resolves when they are on disk. A change builds on the latest state, even
 * while that state is still being written. Each record has at most one write in progress; changes that arrive meanwhile
 * share the next write. So no state reaches the disk that builds on a state which did not: when a write fails, all
 * changes decided after it are rejected too, and the record is again what it was before them.
 *
 * A change may name a `cover`: a record for the disk that stands for the change and for some that will follow. Those
 * need no write of their own while the disk has a record that covers them. What was really decided is known as long as
 * the process lives; a later process finds the cover.
 *
 * Records that were changed are kept decoded, as many as there is room for. No LMDB transaction is held open meanwhile:
 * one that cannot be written (a full disk) would block the database.
 */
import { StoreUnavailable, type TableChange } from './table.ts'

export interface Disk<Key, T> {
  /** The record on disk. */
  read(key: Key): T | undefined
  /** Writes a record, undefined for none, over the one on disk. Resolves when it is there, rejects when it is not. */
  write(key: Key, record: T | undefined, before: T | undefined): Promise<unknown>
  /** Whether a record on disk stands for another that was decided. Default: for none. */
  covers?(cover: T, record: T): boolean
}

/** A record that was changed here: what was decided, and what the disk has of it. */
class Kept<T> {
  /** What was decided last. */
  latest: T | undefined
  /** What counts when the write in progress fails: it is on disk, or covered by what is. */
  sure: T | undefined
  /** What will be sure when the write in progress succeeds. */
  underWay: T | undefined
  onDisk: T | undefined
  /** What the disk will have after the writes that were decided. */
  image: T | undefined
  /** When `image` is on disk, or cannot be; undefined while there is nothing to write. */
  written: Promise<void> | undefined = undefined
  /** Whether the write that `written` stands for has not begun: what is decided now is part of it. */
  waiting = false

  constructor(record: T | undefined) {
    this.latest = record
    this.sure = record
    this.underWay = record
    this.onDisk = record
    this.image = record
  }

  /** Whether the disk has it as it is. One that is covered only is known here alone. */
  get isAtRest(): boolean {
    return this.written === undefined && this.sure === this.onDisk
  }
}

/** Records kept decoded, the last changed: about 50 MB. */
const maxKept = 16_384
/** How many old records are looked at for one that can be let go. */
const looks = 8

export class WriteAhead<Key, T> {
  readonly #disk: Disk<Key, T>
  /** Records that were changed, and stay while there is room; all that are not at rest. About the oldest first. */
  readonly #kept = new Map<Key, Kept<T>>()

  constructor(disk: Disk<Key, T>) {
    this.#disk = disk
  }

  /** The record, once nothing newer is on its way to disk. */
  async get(key: Key): Promise<T | undefined> {
    await this.#kept.get(key)?.written?.catch(refused)
    const kept = this.#kept.get(key)
    return kept === undefined ? this.#disk.read(key) : kept.sure
  }

  /**
   * Changes a record: `changed` says whether it became another. Rejects with `StoreUnavailable` when the change, or one
   * that it rests on, cannot be written.
   */
  async update<A>(
    key: Key,
    change: (record: T | undefined) => TableChange<T, A>,
  ): Promise<{ answer: A; changed: boolean }> {
    const kept = this.#kept.get(key)
    const before = kept === undefined ? this.#disk.read(key) : kept.latest
    const { record, answer, cover } = change(before)
    const changed = record !== before
    // An answer that rests on a state still being written must not overtake it.
    await (changed ? this.#decide(key, record, cover, kept ?? this.#keep(key, before)) : kept?.written)
    return { answer, changed }
  }

  /** Writes what is covered as it is, and waits until nothing is on its way to disk. */
  async written(): Promise<void> {
    const settled = () => Promise.all([...this.#kept.values()].map(({ written }) => written?.catch(refused)))
    await settled()
    for (const [key, kept] of this.#kept) {
      if (kept.isAtRest) continue
      kept.image = kept.latest
      kept.written ??= this.#write(key, kept)
    }
    await settled()
  }

  #keep(key: Key, record: T | undefined): Kept<T> {
    const kept = new Kept(record)
    this.#kept.set(key, kept)
    if (this.#kept.size > maxKept) this.#letGo()
    return kept
  }

  /** Forgets the oldest that is at rest; those before it that are not are young again. */
  #letGo(): void {
    let left = looks
    for (const [key, kept] of this.#kept) {
      if (left-- === 0) return
      this.#kept.delete(key)
      if (kept.isAtRest) return
      this.#kept.set(key, kept)
    }
  }

  #decide(key: Key, record: T | undefined, cover: T | undefined, kept: Kept<T>): Promise<void> | undefined {
    kept.latest = record
    if (cover !== undefined && this.#isCovered(record, kept.image)) {
      if (kept.written === undefined) kept.sure = record
      else if (!kept.waiting) kept.underWay = record
      return kept.written
    }
    kept.image = cover ?? record
    if (kept.written === undefined) kept.written = this.#write(key, kept)
    else if (!kept.waiting) {
      // What was decided before is what is being written.
      kept.waiting = true
      kept.written = kept.written.then(() => this.#write(key, kept))
    }
    return kept.written
  }

  #isCovered(record: T | undefined, image: T | undefined): boolean {
    return record !== undefined && image !== undefined && this.#disk.covers?.(image, record) === true
  }

  /** Writes the latest state. Changes that wait for a following write are rejected together with this one. */
  async #write(key: Key, kept: Kept<T>): Promise<void> {
    const { image, onDisk } = kept
    kept.waiting = false
    kept.underWay = kept.latest
    try {
      await this.#disk.write(key, image, onDisk)
    } catch (cause) {
      kept.latest = kept.sure
      kept.image = onDisk
      kept.waiting = false
      this.#rest(key, kept)
      throw unavailable(cause)
    }
    kept.onDisk = image
    kept.sure = kept.underWay
    if (!kept.waiting) this.#rest(key, kept)
  }

  /** Nothing is to be written. */
  #rest(key: Key, kept: Kept<T>): void {
    kept.written = undefined
    if (kept.sure === undefined && kept.onDisk === undefined) this.#kept.delete(key)
  }
}

/** Readers and `written()` ignore a failed write: it is reported to the caller of the change. */
const refused = (_: StoreUnavailable): undefined => undefined

/** Writes to LMDB. Rejects with `StoreUnavailable` when that cannot be done now. */
export async function commit(write: () => Promise<unknown>): Promise<void> {
  try {
    await write()
  } catch (cause) {
    throw unavailable(cause)
  }
}

function unavailable(cause: unknown): StoreUnavailable {
  // LMDB rejects a second promise with the reason; without a handler it would be an unhandled rejection.
  const { commitError } = cause as { commitError?: Promise<unknown> }
  commitError?.catch(() => undefined)
  return new StoreUnavailable({ cause })
}
