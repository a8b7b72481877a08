/**
 * How long the kit waits for a target. Only time counts in which the kit itself was idle: a target that shares a busy
 * machine or a process with the kit is slow but not silent. What stays silent once is waited for in full; when the same
 * kind of thing is asked for again, the wait is short, but always several times what the slowest answer took. A target
 * that is slow and answers is waited for in full each time.
 */
import { performance } from 'node:perf_hooks'
import { Blocked } from '../kit/verdict.ts'

/** However busy the kit is, it waits no longer than this many times what was asked for. */
const atMost = 10
/** A short wait: as many times the slowest answer, and at least so many milliseconds; and once it often was in vain. */
const short = { factor: 4, leastMs: 1_000 }
const shorter = { factor: 2, leastMs: 500 }
/** How many silences are often. */
const often = 5
/** So often a kind that was never answered is waited for; then it is not asked for again. */
const mostSilences = 6
/** Once so many kinds were silent, another one is waited for this part of the time at first. */
const wary = { kinds: 3, part: 1 / 4 }
/** So many full waits without an answer to anything in between, and all that is asked for next gets short ones. */
const fullWaitsOfDead = 2
/** Kinds that are told by name. */
const mostTold = 4
/** So many silences without an answer in between, and the target is not asked again. */
const mostSilencesOfDead = 40

/** Time as patience needs it, in milliseconds. */
export interface Clock {
  now(): number
  /** How long the kit was idle since it began. */
  idle(): number
  /** Calls `then` after a time. The returned function cancels it. */
  after(ms: number, then: () => void): () => void
}

const realClock: Clock = {
  now: () => performance.now(),
  idle: () => performance.eventLoopUtilization().idle,
  after(ms, then) {
    const timer = setTimeout(then, ms)
    return () => clearTimeout(timer)
  },
}

/** One wait. Once it is over, by any of these or because it was too long, it says nothing more. */
export interface Wait {
  /** What was waited for came. */
  came(): void
  /** It will not be waited for any longer. */
  cancel(): void
}

/** What is known of a kind of wait. */
interface Kind {
  silences: number
  /** How long its slowest answer took, in milliseconds; undefined when none came. */
  slowest: number | undefined
  /** Sets the timers anew of those that are under way. */
  waiting: Set<() => void>
}

/** A wait that came to nothing: how long it was, in milliseconds, and whether it was a full one. */
export interface Silence {
  kind: string
  ms: number
  full: boolean
}

/** What one target is given, and what was learnt of its silences. */
export class Patience {
  /** Longest wait for one thing, in milliseconds. */
  readonly ms: number
  /** Every wait that came to nothing. */
  readonly silences: Silence[] = []
  readonly #clock: Clock
  readonly #kinds = new Map<string, Kind>()
  #slowest = 0
  #silentKinds = 0
  /** Since the last answer of any kind. */
  #sinceAnswer = { full: 0, all: 0 }

  constructor(ms: number, clock: Clock = realClock) {
    this.ms = ms
    this.#clock = clock
  }

  /** Waits for something of a kind, and calls `late` with the whole milliseconds that it waited in vain. */
  wait(kind: string, late: (waitedMs: number) => void): Wait {
    const known = this.#known(kind)
    const clock = this.#clock
    const start = clock.now()
    const idle = clock.idle()
    const waited = () => clock.idle() - idle
    let stop: () => void = () => undefined
    const end = () => {
      stop()
      return known.waiting.delete(arm)
    }
    const arm = () => {
      stop()
      stop = clock.after(Math.max(this.#limit(known) - waited(), 0), () => {
        const limit = this.#limit(known)
        if (limit - waited() >= 1 && clock.now() - start <= limit * atMost) return arm()
        end()
        this.#silent(kind, limit)
        late(Math.round(limit))
      })
    }
    known.waiting.add(arm)
    arm()
    return {
      came: () => {
        if (end()) this.#answered(known, waited())
      },
      cancel: () => void end(),
    }
  }

  /** Throws `Blocked` where asking again is in vain: nothing of the kind, or nothing at all, was answered so often. */
  ask(kind: string): void {
    const { silences, slowest } = this.#known(kind)
    if (slowest === undefined && silences >= mostSilences)
      throw new Blocked(`${kind} never came, and was not asked for again`)
    if (this.#sinceAnswer.all >= mostSilencesOfDead)
      throw new Blocked('the target answers nothing any more, and was not asked again')
  }

  /** What never came although it was waited for, a sentence each, for reports. */
  get said(): string[] {
    const counts = new Map<string, number>()
    for (const { kind } of this.silences) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    const often = [...counts].sort(([, one], [, other]) => other - one)
    const told = often.slice(0, mostTold).map(([kind, count]) => {
      const ever = this.#known(kind).slowest === undefined ? 'never came' : 'did not always come'
      return `silence: ${kind} ${ever}; waited for in vain ${count === 1 ? 'once' : `${count} times`}`
    })
    const more = often.length - told.length
    return more > 0 ? [...told, `silence: ${more} more kinds of answers did not always come`] : told
  }

  #known(kind: string): Kind {
    const known = this.#kinds.get(kind) ?? { silences: 0, slowest: undefined, waiting: new Set() }
    this.#kinds.set(kind, known)
    return known
  }

  /** How long a kind is waited for now. */
  #limit({ silences, slowest = this.#slowest }: Kind): number {
    const isDead = this.#sinceAnswer.full >= fullWaitsOfDead
    if (silences === 0 && !isDead) {
      if (this.#silentKinds < wary.kinds) return this.ms
      return Math.min(this.ms, Math.max(this.ms * wary.part, slowest * short.factor))
    }
    const { factor, leastMs } = silences < often ? short : shorter
    return Math.min(this.ms, Math.max(leastMs, slowest * factor))
  }

  #answered(known: Kind, tookMs: number): void {
    known.slowest = Math.max(known.slowest ?? 0, tookMs)
    this.#slowest = Math.max(this.#slowest, tookMs)
    this.#sinceAnswer = { full: 0, all: 0 }
  }

  #silent(kind: string, ms: number): void {
    const known = this.#known(kind)
    const full = ms >= this.ms
    known.silences++
    if (known.silences === 1) this.#silentKinds++
    this.silences.push({ kind, ms, full })
    this.#sinceAnswer.all++
    if (full) this.#sinceAnswer.full++
    // What is waited for beside it may be waited for too long by now.
    for (const { waiting } of this.#kinds.values()) for (const arm of [...waiting]) arm()
  }
}

/** Calls `late` once the kit has waited `ms` milliseconds. The returned function cancels it. */
export function patience(ms: number, late: () => void): () => void {
  return new Patience(ms).wait('', late).cancel
}
