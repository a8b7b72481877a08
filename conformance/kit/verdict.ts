/** What a check concludes, and the errors that interrupt one. */

/**
 * pass · fail (a MUST broken) · warn (a SHOULD broken) · skip (the target lacks an optional capability) ·
 * blocked (the prerequisite was not seen, so nothing was judged).
 */
export type Verdict = 'pass' | 'fail' | 'warn' | 'skip' | 'blocked'

/** From best to worst: a check judged several times keeps the worst. */
export const severity: readonly Verdict[] = ['pass', 'skip', 'blocked', 'warn', 'fail']

/** What a judgement found. `broken` becomes fail or warn by the requirement's level. */
export type Finding =
  | { found: 'holds' }
  | ({ found: 'broken'; expected: string; actual: string } & BrokenMore)
  | { found: 'absent'; reason: string }
  | { found: 'unjudged'; reason: string }

interface BrokenMore {
  money?: string
  softly?: boolean
  /** The exchange that shows it, when it is not the last one. */
  exchange?: number
}

/** The finding that a check holds. */
export const holds: Finding = { found: 'holds' }

/**
 * The finding that the requirement is not met. `softly`: a warning whatever the level of the requirement, where
 * spec/readings.md says so. `money`: who can lose what.
 */
export const broken = (expected: string, actual: string, more: BrokenMore = {}): Finding => ({
  found: 'broken',
  expected,
  actual,
  ...more,
})

/** The finding that the target lacks the optional capability: the check is skipped. */
export const absent = (reason: string): Finding => ({ found: 'absent', reason })

/** The conditions for judging could not be established. */
export const unjudged = (reason: string): Finding => ({ found: 'unjudged', reason })

/** Holds when both values are equal; otherwise broken, with both values. */
export const equal = (actual: unknown, expected: unknown, what = 'value'): Finding =>
  Object.is(actual, expected) ? holds : broken(`${what} ${String(expected)}`, `${what} ${String(actual)}`)

/** Holds when the condition does. */
export const holdsIf = (condition: boolean, expected: string, actual: string): Finding =>
  condition ? holds : broken(expected, actual)

/** A prerequisite was not met: the check is blocked, not failed. */
export class Blocked extends Error {
  override readonly name = 'Blocked'
}

/** The target broke the connection, did not answer in time, or answered what is no HTTP. */
export class TargetError extends Error {
  override readonly name = 'TargetError'
}

/** Whether nothing came of a request: the target did not answer, or was not asked any more. */
export const isUnanswered = (error: unknown): error is Blocked | TargetError =>
  error instanceof Blocked || error instanceof TargetError

/** The command line, the target or the chain make a run impossible: one line, exit 2. */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}

/** Thrown for an error in the kit itself. It never counts against the target. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError'
}
