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
 * Records that were changed last are kept decoded. No LMDB transaction is held open meanwhile: one that cannot be
 * written (a full disk) would block the database.
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

/** A record whose latest state is not what the disk has. */
interface Moving<T> {
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
  written: Promise<void> | undefined
  /** Whether the write that `written` stands for has not begun: what is decided now is part of it. */
  waiting: boolean
}

/** Records kept decoded, the last changed: about 50 MB. */
const maxRecent = 16_384

export class WriteAhead<Key, T> {
  readonly #disk: Disk<Key, T>
  readonly #moving = new Map<Key, Moving<T>>()
  /** Records that are as the disk has them, the last changed last. */
  readonly #recent = new Map<Key, T>()

  constructor(disk: Disk<Key, T>) {
    this.#disk = disk
  }

  /** The record, once nothing newer is on its way to disk. */
  async get(key: Key): Promise<T | undefined> {
    await this.#moving.get(key)?.written?.catch(refused)
    const moving = this.#moving.get(key)
    return moving === undefined ? this.#read(key) : moving.sure
  }

  /**
   * Changes a record: `changed` says whether it became another. Rejects with `StoreUnavailable` when the change, or one
   * that it rests on, cannot be written.
   */
  async update<A>(
    key: Key,
    change: (record: T | undefined) => TableChange<T, A>,
  ): Promise<{ answer: A; changed: boolean }> {
    const moving = this.#moving.get(key)
    const before = moving === undefined ? this.#read(key) : moving.latest
    const { record, answer, cover } = change(before)
    const changed = record !== before
    // An answer that rests on a state still being written must not overtake it.
    await (changed ? this.#decide(key, record, cover, moving ?? this.#move(key, before)) : moving?.written)
    return { answer, changed }
  }

  /** Writes what is covered as it is, and waits until nothing is on its way to disk. */
  async written(): Promise<void> {
    const settled = () =>
      Promise.all([...this.#moving.values()].map(({ written }) => written?.catch(refused)))
    await settled()
    for (const [key, moving] of this.#moving) {
      moving.image = moving.latest
      moving.written ??= this.#write(key, moving)
    }
    await settled()
  }

  #read(key: Key): T | undefined {
    return this.#recent.get(key) ?? this.#disk.read(key)
  }

  #move(key: Key, before: T | undefined): Moving<T> {
    const states = { latest: before, sure: before, underWay: before, onDisk: before, image: before }
    const moving: Moving<T> = { ...states, written: undefined, waiting: false }
    this.#recent.delete(key)
    this.#moving.set(key, moving)
    return moving
  }

  #decide(
    key: Key,
    record: T | undefined,
    cover: T | undefined,
    moving: Moving<T>,
  ): Promise<void> | undefined {
    moving.latest = record
    if (cover !== undefined && this.#isCovered(record, moving.image)) {
      if (moving.written === undefined) moving.sure = record
      else if (!moving.waiting) moving.underWay = record
      return moving.written
    }
    moving.image = cover ?? record
    if (moving.written === undefined) moving.written = this.#write(key, moving)
    else if (!moving.waiting) {
      // What was decided before is what is being written.
      moving.waiting = true
      moving.written = moving.written.then(() => this.#write(key, moving))
    }
    return moving.written
  }

  #isCovered(record: T | undefined, image: T | undefined): boolean {
    return record !== undefined && image !== undefined && this.#disk.covers?.(image, record) === true
  }

  /** Writes the latest state. Changes that wait for a following write are rejected together with this one. */
  async #write(key: Key, moving: Moving<T>): Promise<void> {
    const { image, onDisk } = moving
    moving.waiting = false
    moving.underWay = moving.latest
    try {
      await commit(() => this.#disk.write(key, image, onDisk))
    } catch (error) {
      moving.latest = moving.sure
      moving.image = onDisk
      moving.waiting = false
      this.#rest(key, moving)
      throw error
    }
    moving.onDisk = image
    moving.sure = moving.underWay
    if (!moving.waiting) this.#rest(key, moving)
  }

  /** Nothing is to be written. A record that is covered stays known here as it is. */
  #rest(key: Key, moving: Moving<T>): void {
    moving.written = undefined
    const { sure } = moving
    if (sure !== moving.onDisk) return
    this.#moving.delete(key)
    if (sure === undefined) return
    this.#recent.set(key, sure)
    if (this.#recent.size > maxRecent) this.#recent.delete(this.#recent.keys().next().value as Key)
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
