/** Runs scenarios: plan -> run -> judge. Independent scenarios run side by side; results come back in plan order. */
import { DecodeError } from '../../src/codec/decode-error.ts'
import type { Requirement } from './requirements.ts'
import type { AnyScenario } from './scenario.ts'
import { type CheckResult, Tester } from './tester.ts'
import { type Recorder, Trace } from './trace.ts'
import { isUnanswered, SetupError } from './verdict.ts'

/** One rule of the money audit, with its verdict after a scenario. */
export interface AuditRule {
  id: string
  verdict: 'pass' | 'fail' | 'blocked'
  message: string
}

/** The money of one scenario, by rule and in total. */
export interface Audit {
  scenario: string
  rules: readonly AuditRule[]
  /** Totals in base units, as decimal text; a name that begins with `most` is of a highest amount, which is never added up. */
  figures: Readonly<Record<string, string>>
}

/** Whether a figure is a highest amount. */
export const isExtreme = (name: string): boolean => name.startsWith('most ')

/** What a scenario runs with: its fixtures, and how it ends. */
export interface Stage<Fixtures> {
  fixtures: Fixtures
  /** Closes what is open, and audits the money. */
  audit(): Promise<Audit>
  /** Ends what the scenario started. */
  end(): Promise<void>
}

/** Scenarios and the stages they run on. */
export interface Runnable<Fixtures> {
  scenarios: readonly AnyScenario<Fixtures>[]
  stage(scenario: AnyScenario<Fixtures>, recorder: Recorder): Promise<Stage<Fixtures>>
}

/** What one scenario came to. */
export interface ScenarioResult {
  scenario: string
  title: string
  checks: readonly CheckResult[]
  audit: Audit | undefined
  seconds: number
  /** An error of the kit itself. */
  harnessError?: string
}

/** Options of `run`. */
export interface RunOptions {
  requirements: ReadonlyMap<string, Requirement>
  /** What the target can do; scenarios that need more are skipped. */
  capabilities: ReadonlySet<string>
  /** The reason shown for a skipped scenario. */
  whyNot?: (missing: string) => string
  /** Glob over check ids, scenario ids and features. */
  only?: string
  /** Scenarios that run concurrently; default 12. */
  parallel?: number
  onScenario?: (result: ScenarioResult) => void
}

/** The scenarios to run: those with a check that `only` matches, each with a filter for its checks. */
export function plan<Fixtures>(suite: Pick<Runnable<Fixtures>, 'scenarios'>, only?: string) {
  const wanted = only === undefined ? () => true : globMatcher(only)
  return suite.scenarios
    .map((scenario) => {
      const whole = [scenario.id, featureOf(scenario.id), ...(scenario.whole ?? [])].some(wanted)
      return { scenario, wants: (check: string) => whole || wanted(check) }
    })
    .filter(({ scenario, wants }) => Object.keys(scenario.checks).some(wants))
}

/**
 * Runs the planned scenarios concurrently. The results are in plan order. Rejects with `SetupError` when a run is
 * impossible; an error of the kit in one scenario is reported in that scenario's result.
 */
export async function run<Fixtures>(
  suite: Runnable<Fixtures>,
  options: RunOptions,
  trace: Trace = new Trace(),
): Promise<ScenarioResult[]> {
  const planned = plan(suite, options.only)
  // Scenarios that start processes mostly wait for them, so they begin first and run beside the others.
  const starts = ([, { scenario }]: (typeof queue)[number]) => scenario.needs?.includes('start') === true
  const queue = [...planned.entries()]
  queue.sort((one, other) => Number(starts(other)) - Number(starts(one)))
  const results: ScenarioResult[] = []
  const worker = async () => {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const [i, { scenario, wants }] = entry
      const recorder = trace.recorder(scenario.id)
      const tester = new Tester(scenario.checks, options.requirements, recorder, wants)
      const result = await runOne(suite, scenario, tester, options)
      results[i] = result
      options.onScenario?.(result)
    }
  }
  await Promise.all(Array.from({ length: options.parallel ?? 12 }, worker))
  return results
}

async function runOne<Fixtures>(
  suite: Runnable<Fixtures>,
  scenario: AnyScenario<Fixtures>,
  tester: Tester,
  options: RunOptions,
): Promise<ScenarioResult> {
  const { whyNot = (missing) => `the target has no ${missing}` } = options
  const start = performance.now()
  const seconds = () => (performance.now() - start) / 1000
  const common = { scenario: scenario.id, title: scenario.title }
  const lacking = scenario.needs?.find((capability) => !options.capabilities.has(capability))
  if (lacking !== undefined) {
    return { ...common, checks: tester.finish(whyNot(lacking), 'skip'), audit: undefined, seconds: seconds() }
  }
  let reason = 'the scenario ended before this check'
  let harnessError: string | undefined
  let audit: Audit | undefined
  try {
    const stage = await suite.stage(scenario, tester.recorder)
    try {
      await scenario.run(tester, stage.fixtures).catch((error: unknown) => {
        if (!interrupts(error)) throw error
        reason = error.message
      })
      audit = await stage.audit()
    } finally {
      await stage.end()
    }
  } catch (error) {
    if (error instanceof SetupError) throw error
    if (interrupts(error)) reason = error.message
    else {
      harnessError = error instanceof Error ? (error.stack ?? error.message) : String(error)
      reason = 'the kit itself failed in this scenario'
    }
  }
  const result = { ...common, checks: tester.finish(reason), audit, seconds: seconds() }
  return harnessError === undefined ? result : { ...result, harnessError }
}

/**
 * Whether an error is caused by the target or a missing prerequisite: it ends the scenario and blocks the remaining
 * checks.
 */
export const interrupts = (error: unknown): error is Error =>
  isUnanswered(error) || error instanceof DecodeError

/** The last part of a scenario id. */
export const featureOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

/** The feature of a check: the part of its id before the dot. */
export const featureOfCheck = (check: string): string => check.slice(0, check.indexOf('.'))

/** `*` any text, `?` one character; several patterns separated by commas. */
export function globMatcher(globs: string): (text: string) => boolean {
  const patterns = globs.split(',').map((glob) => {
    const escaped = glob
      .trim()
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*/g, '.*')
      .replace(/\?/g, '.')
    return new RegExp(`^${escaped}$`)
  })
  return (text) => patterns.some((pattern) => pattern.test(text))
}
