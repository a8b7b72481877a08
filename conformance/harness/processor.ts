/**
 * How much of the processor is left for this run, where others keep the machine busy. Linux tells how many tasks want to
 * run and how long this process stood in line; both are looked at a few times a second. Elsewhere all of it is ours.
 */
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

const everyMs = 200
/** A look counts for half of it after so many looks. */
const halfAfter = 5
/** No less than this part is said to be left, however many wait: who is silent is not waited for all day. */
const least = 1 / 4
/** A process that hardly ran has seen too little of the machine: it is taken to have had so much without waiting. */
const priorMs = 1

/** What the machine says at one moment. */
export interface Look {
  /** Tasks that run or wait to run, this one not counted. */
  others: number
  /** How long the main thread of this process has run, and has waited to run, in milliseconds. */
  ranMs: number
  waitedMs: number
}

/** Works out the part that is left from looks, each of which counts for less the older it is. */
export class ProcessorShare {
  readonly #cores: number
  #others = 0
  #ran = priorMs
  #waited = 0
  #last: Look | undefined

  constructor(cores: number) {
    this.#cores = cores
  }

  /** From 1, all of it, downwards. */
  get part(): number {
    const room = this.#cores / Math.max(this.#others + 1, this.#cores)
    const got = this.#ran / (this.#ran + this.#waited)
    return Math.max(Math.min(room, got), least)
  }

  add(look: Look): void {
    const { ranMs, waitedMs } = this.#last ?? look
    const kept = 0.5 ** (1 / halfAfter)
    this.#others = kept * this.#others + (1 - kept) * look.others
    this.#ran = kept * this.#ran + (1 - kept) * priorMs + (look.ranMs - ranMs)
    this.#waited = kept * this.#waited + (look.waitedMs - waitedMs)
    this.#last = look
  }
}

/** Looks at this machine. Where it tells nothing: undefined. */
export function look(): Look | undefined {
  try {
    const running = /(\d+)\/\d+ \d+\s*$/.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1]
    const [ran, waited] = readFileSync('/proc/self/schedstat', 'utf8').split(' ')
    const seen = { others: Number(running) - 1, ranMs: Number(ran) / 1e6, waitedMs: Number(waited) / 1e6 }
    return Object.values(seen).every(Number.isFinite) ? seen : undefined
  } catch {
    return undefined
  }
}

let share: ProcessorShare | undefined

/** The part of the processor that is left for this run, from 1 downwards, over the last seconds. */
export function processorPart(): number {
  if (share === undefined) {
    const watched = new ProcessorShare(availableParallelism())
    const watch = () => {
      const seen = look()
      if (seen !== undefined) watched.add(seen)
    }
    watch()
    setInterval(watch, everyMs).unref()
    share = watched
  }
  return share.part
}
