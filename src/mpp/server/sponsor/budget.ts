/**
 * What sponsored transactions cost within the last minute and the last 24 hours. It lives with the process: a restart
 * starts from zero, and processes that share an account each have their own.
 */
import type { Address } from '../../../codec/hex.ts'
import type { Spent } from '../rules/sponsor.ts'

const minuteMs = 60_000
const minutesPerDay = 24 * 60

interface Entry {
  at: number
  payer: Address
  cost: bigint
}

export class Budget {
  readonly #clock: () => number
  /** Of the last minute, oldest first. */
  #recent: Entry[] = []
  /** Sums of the last 24 hours, by the minute. */
  readonly #minutes = new Map<number, bigint>()

  /** Takes the wall clock, in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock
  }

  /** What was spent so far, for a payer and for all. */
  spent(payer: Address): Spent {
    this.#forget()
    const sum = (entries: readonly Entry[]) => entries.reduce((total, { cost }) => total + cost, 0n)
    return {
      payerMinute: sum(this.#recent.filter((entry) => entry.payer === payer)),
      minute: sum(this.#recent),
      day: [...this.#minutes.values()].reduce((total, cost) => total + cost, 0n),
    }
  }

  /** Counts what a transaction may cost. Answers how to correct that once it is known. */
  reserve(payer: Address, most: bigint): (cost: bigint) => void {
    const entry: Entry = { at: this.#clock(), payer, cost: most }
    const minute = Math.floor(entry.at / minuteMs)
    const add = (cost: bigint) => this.#minutes.set(minute, (this.#minutes.get(minute) ?? 0n) + cost)
    this.#recent.push(entry)
    add(most)
    return (cost) => {
      if (this.#minutes.has(minute)) add(cost - entry.cost)
      entry.cost = cost
    }
  }

  #forget(): void {
    const now = this.#clock()
    this.#recent = this.#recent.filter(({ at, cost }) => at > now - minuteMs && cost > 0n)
    for (const minute of this.#minutes.keys())
      if (minute <= Math.floor(now / minuteMs) - minutesPerDay) this.#minutes.delete(minute)
  }
}
