/** The blocks of a memory chain, what was mined in each, and the way back to the state after it. */
import type { Bytes32 } from '../../codec/hex.ts'
import type { Block, Mined } from './format.ts'
import type { Journal, Mark } from './journal.ts'

export class History {
  readonly #journal: Journal
  /** How many blocks stay readable; twice as many before any are dropped. */
  readonly #keep: number
  readonly #blocks: Block[] = []
  readonly #marks: Mark[] = []
  readonly #numbers = new Map<Bytes32, number>()
  readonly #mined = new Map<Bytes32, Mined>()
  #first = 0

  constructor(journal: Journal, keep: number) {
    this.#journal = journal
    this.#keep = keep
  }

  get head(): Block | undefined {
    return this.#blocks.at(-1)
  }

  /** Number of the oldest block that is kept. */
  get first(): number {
    return this.#first
  }

  /** The number the next block gets. */
  get next(): number {
    return this.#first + this.#blocks.length
  }

  block(number: number): Block | undefined {
    return this.#blocks[number - this.#first]
  }

  blockByHash(hash: Bytes32): Block | undefined {
    const number = this.#numbers.get(hash)
    return number === undefined ? undefined : this.block(number)
  }

  mined(hash: Bytes32): Mined | undefined {
    return this.#mined.get(hash)
  }

  /** The state after a block; undefined when it is not kept. */
  markAfter(number: number): Mark | undefined {
    return this.#marks[number - this.#first]
  }

  /** What was written since the last block, by hand, belongs to that block. */
  seal(): void {
    if (this.#marks.length > 0) this.#marks[this.#marks.length - 1] = this.#journal.mark()
  }

  /** Adds a block whose writes are done. */
  append(block: Block, mined?: Mined): void {
    this.#blocks.push(block)
    this.#marks.push(this.#journal.mark())
    this.#numbers.set(block.hash, block.number)
    if (mined !== undefined) this.#mined.set(mined.transaction.hash, mined)
  }

  /** Removes the blocks from a number on and goes back to a mark. Answers their transactions, oldest first. */
  cut(number: number, mark: Mark): Mined[] {
    this.#marks.splice(number - this.#first)
    const gone = this.#forget(this.#blocks.splice(number - this.#first))
    this.#journal.rollback(mark)
    return gone
  }

  /** Drops the oldest blocks when there are too many, none from `pinned` on. Answers whether any were. */
  prune(pinned = Number.POSITIVE_INFINITY): boolean {
    if (this.#blocks.length < this.#keep * 2) return false
    const count = Math.min(this.#keep, pinned - this.#first)
    if (count <= 0) return false
    this.#marks.splice(0, count)
    this.#forget(this.#blocks.splice(0, count))
    this.#first += count
    this.#journal.trim(this.#marks[0] as Mark)
    return true
  }

  #forget(blocks: readonly Block[]): Mined[] {
    const gone: Mined[] = []
    for (const block of blocks) {
      this.#numbers.delete(block.hash)
      for (const hash of block.transactions) {
        const mined = this.#mined.get(hash)
        if (mined !== undefined) gone.push(mined)
        this.#mined.delete(hash)
      }
    }
    return gone
  }
}
