/**
 * How many proofs a payee remembers. A proof of an address costs its sender nothing, and it is remembered until its
 * challenge expires, so that it counts once. Their number is therefore bounded: beyond it a new proof waits.
 */

/** As many proofs as may be are remembered. Nothing was taken; the same proof can come again. */
export class TooManyProofs extends Error {
  override readonly name = 'TooManyProofs'
  /** After how many seconds the first of them will have expired. */
  readonly retryAfterSeconds: number

  constructor(retryAfterSeconds: number) {
    super(`no more proofs are remembered for ${retryAfterSeconds} seconds`)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Counts the proofs that are remembered. Those from before a restart are not counted: they expire as all do. */
export class RememberedProofs {
  readonly #max: number
  readonly #clock: () => number
  /** How many there are for each time at which they may be forgotten, in milliseconds since 1970. */
  readonly #until = new Map<number, number>()
  #count = 0

  constructor(max: number, clock: () => number) {
    this.#max = max
    this.#clock = clock
  }

  /** Throws `TooManyProofs` when there is no room for one more. */
  checkRoom(): void {
    if (this.#count < this.#max) return
    const now = this.#clock()
    for (const [until, count] of this.#until) {
      if (until > now) continue
      this.#until.delete(until)
      this.#count -= count
    }
    if (this.#count < this.#max) return
    const first = Math.min(...this.#until.keys())
    throw new TooManyProofs(Math.max(1, Math.ceil((first - now) / 1000)))
  }

  /** One more is remembered, until a time in milliseconds since 1970. */
  add(until: number): void {
    this.#until.set(until, (this.#until.get(until) ?? 0) + 1)
    this.#count++
  }
}
