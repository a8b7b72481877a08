/**
 * Tables of records, whatever engine keeps them: `memory.ts` or `lmdb.ts`. What the records are about, only their kind
 * knows.
 *
 * Every change goes through `update`, which is linearizable for each key: `change` is synchronous, has no side effects,
 * and what it returns is durable (as durable as the engine is) before the promise resolves.
 */

/**
 * What must be remembered cannot be written now: the disk is full, or fails. Nothing that was being decided counts; what
 * was answered before stays. `cause` is the engine's error.
 */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'

  constructor(options?: ErrorOptions) {
    super('the store cannot be written: is the disk full?', options)
  }
}

/** A kind of record: its name, its form on disk, and by what else than its key it is found. */
export interface Kind<T> {
  /** Unique among the kinds and indexes of an engine; what is on disk stands under it. */
  name: string
  encode(record: T): string
  /** Throws `DecodeError`: a table that holds anything else must not be served from. */
  decode(text: string): T
  /** By the index's name: the text that a record is found by. Texts of one index sort as what they mean does. */
  indexes: Readonly<Record<string, (record: T) => string>>
  /** Whether a record on disk may stand for another that was decided in this process. Default: for none. */
  covers?(cover: T, record: T): boolean
}

/** What a change returns: the record to keep (undefined: none) and an answer for the caller. */
export interface TableChange<T, A> {
  record: T | undefined
  answer: A
  /**
   * What to write instead of the record, if anything is written: a record that stands for it and for changes to come.
   * Nothing is written while what is on disk covers the record. An engine without a disk keeps the record alone.
   */
  cover?: T
}

/** The records of one kind, by key. */
export interface Table<T> {
  get(key: string): Promise<T | undefined>
  /** Rejects with what `change` throws, and with `StoreUnavailable` when nothing can be written now. */
  update<A>(key: string, change: (record: T | undefined) => TableChange<T, A>): Promise<A>
  /** Resolves at the next change of the record after the call; rejects with the signal's reason. */
  changed(key: string, signal: AbortSignal): Promise<void>
  /** Records for which an index says `text`. */
  where(index: string, text: string): Promise<T[]>
  /** Keys of the records for which an index says what sorts before `text`. */
  keysBefore(index: string, text: string): Promise<string[]>
  /** As `where`, one after the other and in slices: others are served between them. No other record is read. */
  each(index: string, text: string): AsyncIterable<T>
}

/** What keeps tables: in memory, on disk. */
export interface Engine {
  /** Whether what is kept survives the process. */
  readonly durable: boolean
  /** The table of a kind; asked for once. */
  table<T>(kind: Kind<T>): Table<T>
  /** Lets go of files. Nothing may be called afterwards. */
  close(): Promise<void>
}
