/** Contract time of a memory chain: the wall clock, moved by whoever drives the chain, and never running backwards. */
import { invalidParams, RpcError } from '../rpc.ts'

export class ChainClock {
  readonly #wallMs: () => number
  /** Seconds the chain is ahead of the wall clock, or behind it. */
  #offset = 0
  #next: number | undefined

  /** Takes the wall clock, in milliseconds. */
  constructor(wallMs: () => number) {
    this.#wallMs = wallMs
  }

  /** The wall clock in seconds: what validity windows of transactions are judged by. */
  wall(): number {
    return Math.floor(this.#wallMs() / 1000)
  }

  /** The timestamp a block after `head` (seconds) gets. */
  now(head: number): number {
    return this.#next ?? Math.max(this.wall() + this.#offset, head)
  }

  /** A block was mined: a timestamp that was set for it alone is used up, and time goes on from there. */
  tick(): void {
    if (this.#next === undefined) return
    this.#offset = this.#next - this.wall()
    this.#next = undefined
  }

  /** Moves time forward. Throws `RpcError` for a step back. */
  advance(seconds: number): void {
    if (!(Number.isSafeInteger(seconds) && seconds >= 0))
      throw new RpcError(invalidParams, 'time moves forward, by whole seconds')
    this.#offset += seconds
    if (this.#next !== undefined) this.#next += seconds
  }

  /** Time is `timestamp` now, and goes on from there. Throws `RpcError` when that is before `head`. */
  set(timestamp: number, head: number): void {
    notBefore(timestamp, head)
    this.#offset = timestamp - this.wall()
    this.#next = undefined
  }

  /** The next block gets exactly this timestamp. Throws `RpcError` when that is before `head`. */
  setNext(timestamp: number, head: number): void {
    notBefore(timestamp, head)
    this.#next = timestamp
  }

  /** How far the chain is off the wall clock, for `restore`. */
  save(): number {
    return this.#offset
  }

  restore(offset: number): void {
    this.#offset = offset
    this.#next = undefined
  }
}

function notBefore(timestamp: number, head: number): void {
  if (!(Number.isSafeInteger(timestamp) && timestamp >= head))
    throw new RpcError(invalidParams, `timestamp ${timestamp} is before the head's, ${head}`)
}
