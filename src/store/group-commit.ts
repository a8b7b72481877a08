/**
 * Group commit: writes of one turn of the event loop, and those that come while a transaction is being synced, go into
 * one transaction with one sync. One transaction is under way at a time, so each takes along what has gathered. Those who
 * waited for one go on a few at a time: what the first of them decide is being synced while the others are still at work.
 * Node only.
 */
import { setImmediate as turn } from 'node:timers/promises'

/** A write that waits for its transaction, or for its sync. */
interface Waiting {
  write(): void
  done(): void
  failed(cause: unknown): void
}

/** How many go on in one turn when their transaction is on disk. */
const atOnce = 32

export class GroupCommit {
  readonly #transact: (writes: () => void) => Promise<unknown>
  #waiting: Waiting[] = []
  /** Whether the end of this turn begins a transaction. */
  #isDue = false
  #isUnderWay = false

  /** `transact` runs the writes in one transaction. It resolves when that is synced and rejects when nothing is written. */
  constructor(transact: (writes: () => void) => Promise<unknown>) {
    this.#transact = transact
  }

  /** Adds writes, which must not throw, to the next transaction. Resolves when it is on disk, rejects when it is not. */
  add(write: () => void): Promise<void> {
    return new Promise((done, failed) => {
      this.#waiting.push({ write, done, failed })
      if (this.#isDue || this.#isUnderWay) return
      this.#isDue = true
      setImmediate(() => {
        this.#isDue = false
        this.#begin()
      })
    })
  }

  #begin(): void {
    if (this.#isUnderWay || this.#waiting.length === 0) return
    const taken = this.#waiting
    this.#waiting = []
    this.#isUnderWay = true
    void this.#commit(taken)
  }

  async #commit(taken: readonly Waiting[]): Promise<void> {
    let goOn = (each: Waiting) => each.done()
    try {
      await this.#transact(() => {
        for (const { write } of taken) write()
      })
    } catch (cause) {
      goOn = (each) => each.failed(cause)
    }
    for (let at = 0; at < taken.length; at += atOnce) {
      taken.slice(at, at + atOnce).forEach(goOn)
      // What they decide in this turn is taken along.
      await turn()
      if (at === 0) this.#isUnderWay = false
      this.#begin()
    }
  }
}
