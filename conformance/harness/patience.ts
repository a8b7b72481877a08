/**
 * How long the kit waits for a target. Only time counts in which the kit itself was idle, and of that the part of the
 * processor that others left (processor.ts): a target that shares a busy machine or a process with the kit is slow but
 * not silent. What stays silent is waited for in full once; when the same thing is asked for again, or something that has
 * its silence in common (silence.ts), the wait is short, but always several times what the slowest answer took, and
 * nothing fails for that: it blocks, with the silence that is known. A target that is slow and answers is waited for in
 * full each time. All that a run waits for in vain is bounded.
 */
import { performance } from 'node:perf_hooks'
import { Blocked, TargetError } from '../kit/verdict.ts'
import { processorPart } from './processor.ts'
import { type Known, Silences, type Sought, Union } from './silence.ts'
import { after } from './timer.ts'

/** However busy the kit is, it waits no longer than this many times what was asked for. */
const atMost = 10
/** A short wait: as many times the slowest answer, and at least so many milliseconds; and once it often was in vain. */
const short = { factor: 4, leastMs: 1_000 }
const shorter = { factor: 2, leastMs: 500 }
/** How many silences are often. */
const often = 5
/** Once so many things were silent, another one is waited for this part of the time at first. */
const wary = { things: 2, part: 1 / 4 }
/** So many full waits without an answer to anything in between, and all that is asked for next gets short ones. */
const fullWaitsOfDead = 2
/** What is told by name. */
const mostTold = 4
/** So many silences without an answer in between, and the target is not asked again. */
const mostSilencesOfDead = 40
/** Once as long was waited for in vain as so many full waits take, nothing is waited for in full any more. */
const fullWaitsOfRun = 2
/** After so many short waits more, or so many full ones in all, what was silent before is not waited for any more. */
const shortWaitsOfRun = 4
const mostWaitsOfRun = 4
/** So many silences of a thing that was waited for in full are failures; what comes after them is blocked by them. */
const mostFailed = 2
/** A wait of this part of the full one has shown a silence: another one like it ended a moment before. */
const asGoodAsFull = 0.9

/** Time as patience needs it, in milliseconds. */
export interface Clock {
  now(): number
  /** How long the kit was idle since it began, as far as that counts. */
  idle(): number
  /** Calls `then` after a time. The returned function cancels it. */
  after(ms: number, then: () => void): () => void
}

const realClock: Clock = {
  now: () => performance.now(),
  idle: () => idleTime.read(),
  after,
}

/** Idle time of this process, each stretch of it by the part of the processor that was left then. */
const idleTime = {
  seen: 0,
  counted: 0,
  read(): number {
    const { idle } = performance.eventLoopUtilization()
    this.counted += (idle - this.seen) * processorPart()
    this.seen = idle
    return this.counted
  },
}

/** One wait. Once it is over, by any of these or because it was too long, it says nothing more. */
export interface Wait {
  /** What was waited for came. */
  came(): void
  /** It will not be waited for any longer. */
  cancel(): void
}

/** Nothing came within a short wait. */
export class CutShort extends Blocked {}

/** A wait that came to nothing. */
export interface Silence {
  /** What was waited for, in words. */
  kind: string
  /** How long, in whole milliseconds, and whether that is the longest that this target is waited for. */
  ms: number
  full: boolean
  /** What to throw: `TargetError` after a full wait, else `Blocked` with the silence that was known. */
  error(what: string): TargetError | Blocked
}

/** How long a thing is waited for. */
interface Limit {
  ms: number
  /** Why it is no longer, in words. */
  because?: string
  /** Why it is not waited for at all. */
  inVain?: string
}

/** What one target is given, and what was learnt of its silences. */
export class Patience {
  /** Longest wait for one thing, in milliseconds. */
  readonly ms: number
  /** Every wait that came to nothing. */
  readonly silences: Silence[] = []
  readonly #clock: Clock
  readonly #learned = new Silences()
  readonly #silent = new Map<string, Sought>()
  readonly #waiting = new Set<() => void>()
  readonly #vain = new Union()
  #slowest = 0
  /** Since the last answer of any kind. */
  #sinceAnswer = { full: 0, all: 0 }

  constructor(ms: number, clock: Clock = realClock) {
    this.ms = ms
    this.#clock = clock
  }

  /** How long the run waited for what never came, in milliseconds; where it waited for several things at once, once. */
  get vainMs(): number {
    return this.#vain.length
  }

  /** Waits for something, and calls `late` once it was too long. */
  wait(sought: Sought, late: (silence: Silence) => void): Wait {
    const clock = this.#clock
    const start = clock.now()
    const idle = clock.idle()
    const waited = () => clock.idle() - idle
    let stop: () => void = () => undefined
    const end = () => {
      stop()
      return this.#waiting.delete(arm)
    }
    const arm = () => {
      stop()
      stop = clock.after(Math.max(this.#limit(sought).ms - waited(), 0), () => {
        const limit = this.#limit(sought)
        if (limit.ms - waited() >= 1 && clock.now() - start <= limit.ms * atMost) return arm()
        end()
        this.#vain.add(idle, clock.idle())
        late(this.#silence(sought, limit, waited()))
      })
    }
    this.#waiting.add(arm)
    arm()
    return {
      came: () => {
        if (end()) this.#answered(sought, waited())
      },
      cancel: () => void end(),
    }
  }

  /** Throws `Blocked` where asking is in vain: nothing of what it belongs to, or nothing at all, was answered so often. */
  ask(sought: Sought): void {
    const { inVain } = this.#limit(sought)
    if (inVain !== undefined) throw new Blocked(inVain)
    if (this.#sinceAnswer.all >= mostSilencesOfDead)
      throw new Blocked('the target answers nothing any more, and was not asked again')
  }

  /** What never came although it was waited for, a sentence each, for reports. */
  get said(): string[] {
    const counts = new Map<Known, number>()
    for (const sought of this.#silent.values()) {
      const [itself] = this.#learned.scopes(sought)
      const told = this.#learned.widest(sought) ?? itself
      counts.set(told, told === itself ? itself.silences : told.silences)
    }
    const most = [...counts].sort(([, one], [, other]) => other - one)
    const told = most.slice(0, mostTold).map(([{ name, slowest }, count]) => {
      const ever = slowest === undefined ? 'never came' : 'did not always come'
      return `silence: ${name} ${ever}; waited for in vain ${count === 1 ? 'once' : `${count} times`}`
    })
    const more = most.length - told.length
    return [
      ...told,
      ...(more > 0 ? [`silence: ${more} more kinds of answers did not always come`] : []),
      ...(this.#isSpent ? [`silence: ${this.#tooLong}`] : []),
    ]
  }

  /** Whether so much was waited for in vain that no wait is full any more. */
  get #isShort(): boolean {
    return this.vainMs >= fullWaitsOfRun * this.ms
  }

  /** Whether so much was waited for in vain that it must not go on like this. A slow target is given more. */
  get #isSpent(): boolean {
    const more = shortWaitsOfRun * Math.max(short.leastMs, this.#slowest * short.factor)
    return this.vainMs >= Math.min(fullWaitsOfRun * this.ms + more, mostWaitsOfRun * this.ms)
  }

  /** How long a thing is waited for now. */
  #limit(sought: Sought): Limit {
    const scopes = this.#learned.scopes(sought)
    const [itself] = scopes
    const covering = scopes.findLast((known) => known.covers(sought))
    if (covering !== undefined)
      return { ms: 0, inVain: `${covering.name} never came, and was not asked for again` }
    const silent = this.#learned.widest(sought)
    const because = silent === undefined ? `${itself.name} did not always come` : `${silent.name} never came`
    if (itself.silences > 0 || silent !== undefined) {
      if (this.#isSpent) return { ms: 0, inVain: `${because}, and ${this.#tooLong}` }
      return this.#brief(itself.silences < often ? short : shorter, itself, because)
    }
    const dead = this.#sinceAnswer.full >= fullWaitsOfDead
    if (dead || this.#isShort)
      return this.#brief(short, itself, dead ? 'the target answered nothing any more' : this.#tooLong)
    if (this.#silent.size < wary.things) return { ms: this.ms }
    const ms = Math.max(this.ms * wary.part, (itself.slowest ?? this.#slowest) * short.factor)
    return { ms: Math.min(this.ms, ms), because: `${this.#silent.size} other things did not come` }
  }

  get #tooLong(): string {
    const seconds = Math.floor(this.vainMs / 1_000)
    const then = this.#isSpent
      ? 'what was silent before was not asked for again'
      : 'nothing was waited for in full'
    return `${seconds} s were waited for in vain: ${then}`
  }

  #brief({ factor, leastMs }: typeof short, { slowest = this.#slowest }: Known, because: string): Limit {
    return { ms: Math.min(this.ms, Math.max(leastMs, slowest * factor)), because }
  }

  #answered(sought: Sought, tookMs: number): void {
    for (const known of this.#learned.scopes(sought)) known.answered(tookMs)
    this.#slowest = Math.max(this.#slowest, tookMs)
    this.#sinceAnswer = { full: 0, all: 0 }
  }

  #silence(sought: Sought, limit: Limit, waitedMs: number): Silence {
    const { because = '', inVain } = limit
    const ms = Math.round(limit.ms)
    const scopes = this.#learned.scopes(sought)
    const [itself] = scopes
    const { name } = itself
    const full = limit.ms >= this.ms
    const longest = this.ms
    for (const known of scopes) known.fellSilent(sought, full)
    this.#silent.set(name, sought)
    this.#sinceAnswer.all++
    if (full) this.#sinceAnswer.full++
    // What was learnt before a scenario judged has failed nothing yet: one more silence of the same thing does.
    const again = itself.full > (full ? 1 : 0) && itself.failed < mostFailed
    const shown = full || waitedMs >= asGoodAsFull * this.ms || again
    if (shown) itself.failed++
    const silence: Silence = {
      kind: name,
      ms,
      full,
      error(what) {
        if (shown)
          return new TargetError(`${what} within ${ms} ms${again ? `, nor within ${longest} ms before` : ''}`)
        if (inVain !== undefined) return new Blocked(inVain)
        return new CutShort(`${what} within ${ms} ms: ${because}`)
      },
    }
    this.silences.push(silence)
    // What is waited for beside it may be waited for too long by now.
    for (const arm of [...this.#waiting]) arm()
    return silence
  }
}

/** Calls `late` once the kit has waited `ms` milliseconds. The returned function cancels it. */
export function patience(ms: number, late: () => void): () => void {
  return new Patience(ms).wait({ what: 'something' }, late).cancel
}
