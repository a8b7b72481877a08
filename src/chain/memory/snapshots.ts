/** States of a memory chain to come back to, by number. */
import type { Transaction } from '../transaction.ts'
import type { Mark } from './journal.ts'

export interface Snapshot {
  mark: Mark
  /** Number of the head block. */
  head: number
  /** What the clock saved. */
  clock: number
  /** Transactions that waited. */
  waiting: readonly Transaction[]
}

export class Snapshots {
  readonly #taken = new Map<number, Snapshot>()
  #last = 0

  add(snapshot: Snapshot): number {
    this.#last++
    this.#taken.set(this.#last, snapshot)
    return this.#last
  }

  /** A snapshot by its number, which is used up with all later ones. */
  take(id: number): Snapshot | undefined {
    const snapshot = this.#taken.get(id)
    if (snapshot === undefined) return undefined
    for (const later of [...this.#taken.keys()]) if (later >= id) this.#taken.delete(later)
    return snapshot
  }

  /** Forgets the snapshots taken after a block. */
  dropAfter(head: number): void {
    for (const [id, snapshot] of this.#taken) if (snapshot.head > head) this.#taken.delete(id)
  }

  /** The oldest block that must be kept: the one before the oldest snapshot's head, which may still be written to. */
  get pinned(): number {
    let pinned = Number.POSITIVE_INFINITY
    for (const { head } of this.#taken.values()) pinned = Math.min(pinned, head - 1)
    return pinned
  }
}
