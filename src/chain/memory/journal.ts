/**
 * Maps that remember how to go back. Every write is logged with the value it replaced, so a reverted call, a dry
 * run, a past block or a snapshot is the same operation: undo the log down to a mark.
 */

/** A point in the log. Marks are valid until the log is undone or trimmed below them. */
export type Mark = number

interface Undo {
  map: Map<string, unknown>
  key: string
  previous: unknown
}

/** One log shared by all maps of a state. */
export class Journal {
  #log: Undo[] = []
  /** How many entries were trimmed off the front. */
  #base = 0

  mark(): Mark {
    return this.#base + this.#log.length
  }

  /** Whether the log still reaches back to the mark. */
  reaches(mark: Mark): boolean {
    return mark >= this.#base
  }

  record(map: Map<string, unknown>, key: string, previous: unknown): void {
    this.#log.push({ map, key, previous })
  }

  /** Undoes everything since the mark. */
  rollback(mark: Mark): void {
    this.#undo(mark)
  }

  /** Runs `fn` in the state at the mark, then returns to the present. Writes of `fn` are undone. */
  at<T>(mark: Mark, fn: () => T): T {
    const redo = this.#undo(mark)
    try {
      return fn()
    } finally {
      this.#undo(mark)
      for (const { map, key, previous } of redo.reverse()) {
        this.record(map, key, map.get(key))
        assign(map, key, previous)
      }
    }
  }

  /** Forgets how to go back further than the mark. */
  trim(mark: Mark): void {
    const drop = mark - this.#base
    if (drop <= 0) return
    this.#log.splice(0, drop)
    this.#base = mark
  }

  /** Undoes to the mark; answers the values that were current, newest first. */
  #undo(mark: Mark): Undo[] {
    if (!this.reaches(mark)) throw new RangeError('the journal was trimmed past this mark')
    const undone: Undo[] = []
    while (this.mark() > mark) {
      const { map, key, previous } = this.#log.pop() as Undo
      undone.push({ map, key, previous: map.get(key) })
      assign(map, key, previous)
    }
    return undone
  }
}

/** A map whose writes go through a journal. Setting undefined deletes. */
export class JournalMap<V> {
  readonly #map = new Map<string, unknown>()
  readonly #journal: Journal

  constructor(journal: Journal) {
    this.#journal = journal
  }

  get(key: string): V | undefined {
    return this.#map.get(key) as V | undefined
  }

  set(key: string, value: V | undefined): void {
    this.#journal.record(this.#map, key, this.#map.get(key))
    assign(this.#map, key, value)
  }

  get size(): number {
    return this.#map.size
  }

  entries(): IterableIterator<[string, V]> {
    return this.#map.entries() as IterableIterator<[string, V]>
  }
}

function assign(map: Map<string, unknown>, key: string, value: unknown): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}
