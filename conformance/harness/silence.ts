/**
 * What was learnt of a target's silences. What is waited for has parts: the act, the method, the path. A silence is counted
 * for the thing itself and for all that has some of these parts, so that what is silent in one scenario is known in the
 * next: closes that are never answered, whatever the method; a path where nothing is.
 */

/** What is waited for. */
export interface Sought {
  /** How it begins in a sentence: `an answer to`. */
  what: string
  act?: string | undefined
  method?: string | undefined
  path?: string | undefined
}

/** Parts in which one thing that is waited for differs from another. */
const parts = ['act', 'method', 'path'] as const
type Part = (typeof parts)[number]
/** Which parts may be any, the fewest first. */
const anyOf: readonly (readonly Part[])[] = [
  [],
  ...parts.map((part) => [part]),
  ...parts.map((kept) => parts.filter((part) => part !== kept)),
  parts,
]

/** So many full waits in vain for different things, and what they have in common is taken to be silent. */
const fullSilencesOfCommon = 2
/** So often something that was never answered is waited for; then it is not asked for again. */
const mostSilences = 4

/** What is known of a thing, or of all things that have some parts in common. */
export class Known {
  /** In a sentence. */
  readonly name: string
  /** Its parts that may be any. */
  readonly #any: readonly Part[]
  silences = 0
  /** Those that were waited for in full. */
  full = 0
  /** Those that something failed for. */
  failed = 0
  /** How long its slowest answer took, in milliseconds; undefined when none came. */
  slowest: number | undefined
  /** Of the parts that may be any: the values that were silent. */
  readonly #silent = new Map<Part, Set<string | undefined>>()

  constructor(sought: Sought, any: readonly Part[]) {
    this.#any = any
    this.name = nameOf(sought, any)
  }

  /** Whether all of it is silent, as far as was seen. */
  get isSilent(): boolean {
    if (this.slowest !== undefined) return false
    if (this.#any.length > 0) return this.full >= fullSilencesOfCommon
    return this.full > 0 || this.silences >= mostSilences
  }

  /** Whether it is in vain to ask for a thing that belongs to it: things that differ as it does were silent often enough. */
  covers(sought: Sought): boolean {
    return (
      this.isSilent &&
      this.silences >= mostSilences &&
      this.#any.every((part) => {
        const seen = this.#silent.get(part) ?? new Set()
        return seen.size > 1 || seen.has(sought[part])
      })
    )
  }

  answered(tookMs: number): void {
    this.slowest = Math.max(this.slowest ?? 0, tookMs)
  }

  fellSilent(sought: Sought, full: boolean): void {
    this.silences++
    if (full) this.full++
    for (const part of this.#any) {
      const seen = this.#silent.get(part) ?? new Set()
      this.#silent.set(part, seen.add(sought[part]))
    }
  }
}

/** Everything that was learnt. */
export class Silences {
  readonly #known = new Map<string, Known>()
  /** What a thing belongs to, by the thing: every wait of a run asks for it, several times. */
  readonly #scopes = new Map<string, readonly [Known, ...Known[]]>()

  /** The thing itself, then all that it belongs to, by what they have in common. */
  scopes(sought: Sought): readonly [Known, ...Known[]] {
    const { what, act, method, path } = sought
    const name = `${what}\n${act}\n${method}\n${path}`
    const known = this.#scopes.get(name)
    if (known !== undefined) return known
    const sets = anyOf.filter((any) => any.every((part) => sought[part] !== undefined))
    const scopes = sets.map((any) => this.#of(sought, any)) as [Known, ...Known[]]
    this.#scopes.set(name, scopes)
    return scopes
  }

  /** The widest thing that something belongs to and that is silent; undefined when not even itself is. */
  widest(sought: Sought): Known | undefined {
    return this.scopes(sought).findLast(({ isSilent }) => isSilent)
  }

  #of(sought: Sought, any: readonly Part[]): Known {
    const key = JSON.stringify([
      sought.what,
      ...parts.map((part) => (any.includes(part) ? null : (sought[part] ?? ''))),
    ])
    const known = this.#known.get(key) ?? new Known(sought, any)
    this.#known.set(key, known)
    return known
  }
}

/** As `an answer to close by POST /poem`, `an answer to anything by HEAD`. */
function nameOf(sought: Sought, any: readonly Part[]): string {
  const of = (part: Part) => (any.includes(part) ? undefined : sought[part])
  const [act, method, path] = parts.map(of)
  const whole = parts.every((part) => sought[part] === undefined)
  return [
    sought.what,
    ...(whole ? [] : [act ?? 'anything']),
    ...(method === undefined ? [] : ['by', method]),
    ...(path === undefined ? [] : method === undefined ? ['at', path] : [path]),
  ].join(' ')
}

/** The length of intervals together, where they overlap once. */
export class Union {
  #intervals: [from: number, to: number][] = []

  add(from: number, to: number): void {
    const apart = this.#intervals.filter(([start, end]) => end < from || start > to)
    const touching = this.#intervals.filter(([start, end]) => end >= from && start <= to)
    const start = Math.min(from, ...touching.map(([each]) => each))
    const end = Math.max(to, ...touching.map(([, each]) => each))
    this.#intervals = [...apart, [start, end]]
  }

  get length(): number {
    return this.#intervals.reduce((sum, [from, to]) => sum + to - from, 0)
  }
}
