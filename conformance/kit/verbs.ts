/**
 * The verbs that most checks use. They are independent of the protocol: a suite defines how an answer is read
 * (`Answering`) and what an unlawful act must not change (`Position`).
 *
 * `accepts`: this lawful act succeeds. `refuses`: this unlawful act is refused, nothing of the position changes, and
 * the lawful twin of the act succeeds in the same state. When the twin is refused too, the refusal proves nothing and
 * the check is blocked.
 */
import type { Tester } from './tester.ts'
import type { Recorder } from './trace.ts'
import { Blocked, broken, type Finding, holds, holdsIf } from './verdict.ts'

/** What an answer says of the act it answers: taken, refused, or neither, with what reports show of it. */
export interface Said {
  how: 'taken' | 'refused' | 'neither'
  text: string
}

/** How the answers of a suite read. */
export interface Answering<Answer> {
  /** The expected answer to a lawful act, for reports: `2xx`. */
  taken: string
  /** What an unlawful act is expected to be answered: `a refusal`. */
  refused: string
  said(answer: Answer): Said | Promise<Said>
}

/** What moved although it must not: what was expected, and what is. */
export interface Moved {
  expected: string
  actual: string
}

/** What an unlawful act must not move: books, a balance, what was signed. */
export interface Position<Answer> {
  /** Reads where everything stands before the act. */
  watch(): Promise<Watch<Answer>>
}

/** A position that was read. */
export interface Watch<Answer> {
  /** Reads the position after a refusal, and says what moved since it was read last; undefined when nothing did. */
  moved(refusal: Answer): Promise<Moved | undefined>
}

/** An unlawful act, the lawful one like it, and what must not move. */
export interface Attempt<Answer> {
  /** The unlawful act. */
  act: () => Promise<Answer>
  /** The same act done lawfully, afterwards; left out where one lawful act proves several attempts. */
  twin?: () => Promise<Answer>
  /** What must not move; without it the refusal alone is judged. */
  position?: Position<Answer>
  /** Who loses what if the act is accepted; shown with a failure. */
  money?: string
}

/** An attempt, or what brings a target into the state that it starts from: done only where the check was asked for. */
export type Prepared<A> = A | (() => A | Promise<A>)

/** Does what must be refused, and says so in the record: a target may be silent about that alone. */
export async function refusing<Answer>(recorder: Recorder, act: () => Promise<Answer>): Promise<Answer> {
  recorder.refusing = true
  try {
    return await act()
  } finally {
    recorder.refusing = false
  }
}

const prepare = async <A extends object>(prepared: Prepared<A>): Promise<A> =>
  typeof prepared === 'function' ? prepared() : prepared

/** Amounts by name, in base units. */
export type Figures = Readonly<Record<string, bigint>>

/**
 * A position of figures that are read by `read`, after a refusal with it. `lawful` names those that may differ all the
 * same; `also` finds what no figure shows.
 */
export function figures<Answer>(
  read: (refusal?: Answer) => Promise<Figures>,
  { lawful = () => false, also }: FiguresOptions = {},
): Position<Answer> {
  return {
    async watch() {
      let before = await read()
      const since = await also?.()
      return {
        async moved(refusal) {
          const after = await read(refusal)
          const names = Object.keys(before).filter(
            (name) => before[name] !== after[name] && !lawful(name, before, after),
          )
          const told = (at: Figures) => names.map((name) => `${name} ${at[name]}`).join(', ')
          const moved = { expected: `${told(before)} after the refusal`, actual: told(after) }
          before = after
          return (await since?.()) ?? (names.length === 0 ? undefined : moved)
        },
      }
    },
  }
}

interface FiguresOptions {
  lawful?: (name: string, before: Figures, after: Figures) => boolean
  /** Called before the act; what it answers is called after it. */
  also?: () => (() => Promise<Moved | undefined>) | Promise<() => Promise<Moved | undefined>>
}

/** The verbs of a suite. */
export interface Verbs<Answer> {
  /** Judges a lawful act by its answer. */
  accepts<C extends string>(t: Tester<C>, check: NoInfer<C>, act: () => Promise<Answer>): Promise<void>
  /** Judges an unlawful act: it must be refused and change nothing, and its lawful twin must succeed. */
  refuses<C extends string>(
    t: Tester<C>,
    check: NoInfer<C>,
    attempt: Prepared<Attempt<Answer>>,
  ): Promise<void>
  /**
   * As `refuses`, for several unlawful acts of one kind: each must be refused and move nothing; the lawful twin
   * succeeds after all of them. The name of an act that was not refused is told.
   */
  refusesEach<C extends string>(
    t: Tester<C>,
    check: NoInfer<C>,
    acts: Readonly<Record<string, () => Promise<Answer>>>,
    attempt: Omit<Attempt<Answer>, 'act'>,
  ): Promise<void>
}

/** Builds the verbs of a suite from the way its answers are read. */
export function verbs<Answer>({ taken, refused, said }: Answering<Answer>): Verbs<Answer> {
  /** Does an unlawful act: whether it was refused and nothing moved. */
  const unmoved = async (
    recorder: Recorder,
    act: () => Promise<Answer>,
    watch: Watch<Answer> | undefined,
    money: string | undefined,
  ): Promise<Finding> => {
    const more = money === undefined ? {} : { money }
    const answer = await refusing(recorder, act)
    const { how, text } = await said(answer)
    if (how === 'taken') return broken(refused, text, more)
    if (how === 'neither') return broken(refused, text)
    const moved = await watch?.moved(answer)
    return moved === undefined ? holds : broken(moved.expected, `${moved.actual} after ${text}`, more)
  }
  /** Does the lawful twin. When it is refused too, the earlier refusal proves nothing: throws `Blocked`. */
  const proven = async (twin: (() => Promise<Answer>) | undefined): Promise<void> => {
    if (twin === undefined) return
    const { how, text } = await said(await twin())
    if (how !== 'taken') throw new Blocked(`the lawful twin was refused too: ${text}`)
  }
  return {
    accepts: (t, check, act) =>
      t.check(check, async () => {
        const { how, text } = await said(await act())
        return holdsIf(how === 'taken', taken, text)
      }),
    async refuses(t, check, prepared) {
      if (!t.wants(check)) return
      const { act, twin, position, money } = await prepare(prepared)
      await t.check(check, async () => {
        const finding = await unmoved(t.recorder, act, await position?.watch(), money)
        if (finding.found === 'holds') await proven(twin)
        return finding
      })
    },
    refusesEach: (t, check, acts, { twin, position, money }) =>
      t.check(check, async () => {
        const watch = await position?.watch()
        for (const [what, act] of Object.entries(acts)) {
          const finding = await unmoved(t.recorder, act, watch, money)
          if (finding.found === 'broken') return { ...finding, actual: `${what}: ${finding.actual}` }
        }
        await proven(twin)
        return holds
      }),
  }
}
