/** Transactions that wait to be mined, in the order they came. */
import type { Bytes32 } from '../../codec/hex.ts'
import type { Transaction } from '../transaction.ts'

export class Pool {
  /** Whether new transactions wait instead of being mined at once. */
  holding = false
  #waiting: readonly Transaction[] = []

  get waiting(): readonly Transaction[] {
    return this.#waiting
  }

  add(transaction: Transaction): void {
    this.#waiting = [...this.#waiting, transaction]
  }

  find(hash: Bytes32): Transaction | undefined {
    return this.#waiting.find((transaction) => transaction.hash === hash)
  }

  /** Forgets one transaction; false when it does not wait. */
  drop(hash: Bytes32): boolean {
    const before = this.#waiting.length
    this.#waiting = this.#waiting.filter((transaction) => transaction.hash !== hash)
    return this.#waiting.length < before
  }

  /** Answers all that wait and puts others in their place. */
  swap(waiting: readonly Transaction[] = []): readonly Transaction[] {
    const before = this.#waiting
    this.#waiting = waiting
    return before
  }
}
