/** Judges the checks of one scenario and keeps what was concluded. */
import { DecodeError } from '../../src/codec/decode-error.ts'
import { gravity, type Requirement } from './requirements.ts'
import type { Judges } from './scenario.ts'
import type { Recorder, TraceEntry } from './trace.ts'
import {
  Blocked,
  broken,
  type Finding,
  HarnessError,
  severity,
  TargetError,
  type Verdict,
} from './verdict.ts'

/** One check's conclusion. */
export interface CheckResult {
  id: string
  scenario: string
  requirement: string
  /** Further requirements the check judges. */
  also: readonly string[]
  level: Requirement['level']
  verdict: Verdict
  message: string
  expected?: string
  actual?: string
  money?: string
  /** The exchange that shows it; empty for a pass. */
  trace: readonly TraceEntry[]
}

/** What a scenario judges its checks with. Of several findings for one check the worst stays. */
export class Tester<Check extends string = string> {
  readonly recorder: Recorder
  readonly #declared: Readonly<Record<string, Judges>>
  readonly #requirements: ReadonlyMap<string, Requirement>
  readonly #results = new Map<string, CheckResult>()
  readonly #only: (check: string) => boolean

  constructor(
    declared: Readonly<Record<string, Judges>>,
    requirements: ReadonlyMap<string, Requirement>,
    recorder: Recorder,
    only: (check: string) => boolean,
  ) {
    this.#declared = declared
    this.#requirements = requirements
    this.recorder = recorder
    this.#only = only
  }

  /** Whether one of these checks was asked for; scenarios may skip work for what was not. */
  wants(...checks: readonly Check[]): boolean {
    return checks.some((check) => this.#only(check))
  }

  /**
   * Judges one check. A judgement that throws `Blocked` or `DecodeError` leaves the check blocked; one that throws
   * `TargetError`, because the target broke the connection or did not answer, is a failure. Other errors are the kit's
   * own and are thrown on. A check that is judged several times keeps its worst finding.
   */
  async check(check: Check, judge: () => Promise<Finding> | Finding): Promise<void> {
    if (!this.#only(check)) return
    const mark = this.recorder.mark()
    let finding: Finding
    this.recorder.check = check
    try {
      finding = await judge()
    } catch (error) {
      if (error instanceof Blocked || error instanceof DecodeError)
        finding = { found: 'unjudged', reason: error.message }
      else if (error instanceof TargetError) finding = broken('an answer', error.message)
      else throw error
    } finally {
      this.recorder.check = undefined
    }
    this.#record(check, finding, this.#evidence(finding, mark))
  }

  #evidence(finding: Finding, mark: number): TraceEntry[] {
    const exchange = finding.found === 'broken' ? finding.exchange : undefined
    if (exchange === undefined) return this.recorder.since(mark)
    return this.recorder.since(0).filter((entry) => 'exchange' in entry && entry.exchange === exchange)
  }

  /** Marks a check blocked. */
  block(check: Check, reason: string): void {
    if (this.#only(check)) this.#record(check, { found: 'unjudged', reason }, [])
  }

  /** Blocks those of these checks that were not judged. */
  blockRest(checks: readonly Check[], reason: string): void {
    for (const check of checks) if (!this.#results.has(check)) this.block(check, reason)
  }

  /** Every declared check that was asked for; those that were never reached are blocked for `reason`. */
  finish(reason: string, verdict: 'blocked' | 'skip' = 'blocked'): CheckResult[] {
    for (const check of Object.keys(this.#declared)) {
      if (!this.#only(check) || this.#results.has(check)) continue
      this.#record(
        check,
        verdict === 'skip' ? { found: 'absent', reason } : { found: 'unjudged', reason },
        [],
      )
    }
    return Object.keys(this.#declared).flatMap((check) => this.#results.get(check) ?? [])
  }

  #record(check: string, finding: Finding, trace: readonly TraceEntry[]): void {
    const result = this.#conclude(check, finding, trace)
    const before = this.#results.get(check)
    if (before === undefined || severity.indexOf(result.verdict) > severity.indexOf(before.verdict))
      this.#results.set(check, result)
  }

  #conclude(check: string, finding: Finding, trace: readonly TraceEntry[]): CheckResult {
    const judges = this.#declared[check]
    if (judges === undefined) throw new HarnessError(`check ${check} is not declared by its scenario`)
    const [id, ...also] = [judges].flat() as [string, ...string[]]
    const requirement = this.#requirements.get(id)
    if (requirement === undefined)
      throw new HarnessError(`check ${check} judges ${id}, which is not in the catalogue`)
    const common = {
      id: check,
      scenario: this.recorder.scenario,
      requirement: id,
      also,
      level: requirement.level,
    }
    switch (finding.found) {
      case 'holds':
        return { ...common, verdict: 'pass', message: requirement.statement, trace: [] }
      case 'absent':
        return { ...common, verdict: 'skip', message: finding.reason, trace: [] }
      case 'unjudged':
        return { ...common, verdict: 'blocked', message: finding.reason, trace }
      default: {
        const verdict = finding.softly ? 'warn' : gravity(requirement.level)
        const { expected, actual, money } = finding
        const message = `expected ${expected}; got ${actual}`
        return {
          ...common,
          verdict,
          message,
          expected,
          actual,
          ...(money === undefined ? {} : { money }),
          trace,
        }
      }
    }
  }
}
