/** Runs a suite against a subject and turns it into a result: plan -> learn -> run -> compare with the baseline. */
import { kit } from './about.ts'
import { type BaselineEntry, compare } from './baseline.ts'
import { withhold, withoutWithheld } from './embargo.ts'
import type { Requirement } from './requirements.ts'
import { exitCode, type RunResult, toResult } from './result.ts'
import { plan, type ScenarioResult } from './run.ts'
import { catalogueOf, runSuite } from './run-suite.ts'
import { type AnySuite, globInside, type Subject } from './suite.ts'
import { bugsByCheck } from './threats.ts'
import { Trace, type TraceEntry, type Words } from './trace.ts'
import { SetupError } from './verdict.ts'

/** Options of `judge`. */
export interface JudgeOptions {
  /** The target's name or URL, for the report. */
  target: string
  baseline: readonly BaselineEntry[]
  seed: string
  /**
   * Glob over checks, scenarios and features, `*` any text, several separated by commas; ids with or without the name
   * of the suite. Default everything.
   */
  only?: string | undefined
  /** The command that runs this again, for failures. */
  replay: string
  /** Called before the first scenario, with what was learnt of the target, a sentence each. */
  onStart?(learned: readonly string[]): void
  onScenario?(done: ScenarioResult): void
}

/** A run that is over: the result with the exit code, and what else its reports are made of. */
export interface Judged {
  result: RunResult
  code: 0 | 1
  trace: readonly TraceEntry[]
  requirements: ReadonlyMap<string, Requirement>
  words: Words
  replay: string
}

/**
 * Runs the scenarios of a suite against a subject and compares the outcome with the baseline. Resolves with the result
 * and its exit code: 0 clean, 1 for an unexpected failure, a stale baseline entry, a broken rule of the audit, a
 * failure of the kit itself, or an incomplete run. Embargoed findings are removed. Rejects with `SetupError` when
 * `only` matches no check, or when a run turns out to be impossible.
 */
export async function judge<World>(
  suite: AnySuite<World>,
  subject: Subject<unknown>,
  options: JudgeOptions,
): Promise<Judged> {
  const { target, seed, baseline, replay, onStart, onScenario } = options
  const { profile, role, words } = suite
  const requirements = catalogueOf(suite)
  const only = options.only === undefined ? undefined : globInside(suite, options.only)
  const planned = only === undefined && options.only !== undefined ? 0 : plan(suite, only).length
  if (planned === 0) throw new SetupError(`--only ${options.only} matches no check of ${profile}/${role}`)
  const learned = await subject.learned(only)
  onStart?.(learned)
  const startedAt = new Date()
  const trace = new Trace(words)
  const scenarios = await runSuite(
    suite,
    subject,
    {
      ...(only === undefined ? {} : { only }),
      ...(onScenario === undefined
        ? {}
        : { onScenario: (done: ScenarioResult) => onScenario(withhold(done, baseline).shown) }),
    },
    trace,
  )
  const compared = compare(scenarios, baseline)
  // Some of it shows only while it is judged.
  const learnedInAll = await subject.learned(only)
  const result = toResult({
    kit,
    target,
    profile,
    role,
    words,
    seed,
    learned: learnedInAll,
    startedAt,
    finishedAt: new Date(),
    planned,
    scenarios,
    baseline,
    compared,
    like: bugsByCheck(suite),
  })
  const shown = withoutWithheld(trace.entries, scenarios, baseline)
  return { result, code: exitCode(result, compared), trace: shown, requirements, words, replay }
}

/** A seed for a run that was given none. */
export const newSeed = (): string =>
  Math.floor(Math.random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0')
