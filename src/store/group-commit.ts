/**
 * Group commit: writes of one turn of the event loop, and those that come while a transaction is being synced, go into
 * one transaction with one sync. One transaction is under way at a time, so each takes along what has gathered. Node
 * only.
 */
export class GroupCommit {
  readonly #transact: (writes: () => void) => Promise<unknown>
  #waiting: (() => void)[] = []
  /** The transaction that will take what waits. */
  #next: Promise<void> | undefined
  /** The end of the last transaction, whichever it was. */
  #last: Promise<unknown> = Promise.resolve()

  /** `transact` runs the writes in one transaction. It resolves when that is synced and rejects when nothing is written. */
  constructor(transact: (writes: () => void) => Promise<unknown>) {
    this.#transact = transact
  }

  /** Adds writes, which must not throw, to the next transaction. Resolves when it is on disk, rejects when it is not. */
  add(write: () => void): Promise<void> {
    this.#waiting.push(write)
    this.#next ??= this.#commit()
    return this.#next
  }

  async #commit(): Promise<void> {
    await this.#last
    // Whoever waited for the last transaction is going on now; what they decide in this turn is taken along.
    await new Promise((resolve) => setImmediate(resolve))
    const writes = this.#waiting
    this.#waiting = []
    this.#next = undefined
    const done = this.#transact(() => {
      for (const write of writes) write()
    })
    this.#last = Promise.allSettled([done])
    await done
  }
}
