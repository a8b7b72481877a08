/**
 * A scenario: a sequence of acts against a target, with checks on the way. Each check is declared with the requirement
 * that it judges before anything runs, so plans, listings and blocked checks are known without a target.
 */
import type { Fault } from './fault.ts'
import type { Tester } from './tester.ts'

/** Requirement ids a check judges; the first decides its level. */
export type Judges = string | readonly [string, ...string[]]

/** The cases that a scenario tries, as a table: a row for each check. An empty cell says why nothing is tried. */
export interface Cells {
  /** Checks of the scenario; the others are no rows. */
  rows: readonly string[]
  columns: readonly string[]
  cell(check: string, column: string): { tries: readonly string[] } | { empty: string }
}

/** A sequence of acts with the checks that it judges. Declare it with `scenario`, which keeps the check ids exact. */
export interface Scenario<Fixtures, Check extends string = string> {
  /** `profile/role/feature`. */
  id: string
  title: string
  /** Capabilities without which every check is skipped. */
  needs?: readonly string[]
  /** What it uses where the target has it, and does without where not. */
  uses?: readonly string[]
  /** Units that the main stream must have; each suite has a default. */
  units?: number
  /** Check id -> what it judges. */
  checks: Readonly<Record<Check, Judges>>
  /** Its checks as a table, where they are one; `list coverage` shows it. */
  cells?: Cells
  /** Checks that judge the whole scenario: when one is asked for, all of it runs. */
  whole?: readonly string[]
  /** The faults that prove its checks; loaded only when asked for, because they alter the reference. */
  faults?: () => Promise<readonly Fault[]>
  run(t: Tester<Check>, fixtures: Fixtures): Promise<void>
}

/** Any scenario of a suite, whatever its checks are called. */
export type AnyScenario<Fixtures> = Scenario<Fixtures, string>

/** Declares a scenario, inferring its check ids: `run` and its helpers can judge no other ones. */
export const scenario = <Fixtures, const Check extends string>(
  declared: Scenario<Fixtures, Check>,
): Scenario<Fixtures, Check> => declared

/** The faults of all these scenarios, in their order. */
export async function faultsOf(scenarios: readonly Pick<AnyScenario<never>, 'faults'>[]): Promise<Fault[]> {
  const found = await Promise.all(scenarios.map(({ faults }) => faults?.() ?? []))
  return found.flat()
}
