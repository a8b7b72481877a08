/**
 * Removes embargoed findings from results: money can be taken with them and the vendor has not fixed them. Reports say
 * how many there are and nothing else, so the checks, their exchanges and the rules of the audit are removed before
 * anything is counted or written.
 */
import type { BaselineEntry } from './baseline.ts'
import { entryOfRule } from './baseline.ts'
import { isExtreme, type ScenarioResult } from './run.ts'
import type { CheckResult } from './tester.ts'
import type { TraceEntry } from './trace.ts'

/** Verdicts that tell of a fault. */
const red = new Set(['fail', 'warn', 'blocked'])

const isEmbargoed = (baseline: readonly BaselineEntry[], { id, verdict }: CheckResult): boolean =>
  red.has(verdict) && baseline.some(({ check, embargoed }) => check === id && embargoed === true)

/**
 * A scenario's result without what is withheld of it, and how many findings that are. What it came to at most would tell
 * of them.
 */
export function withhold(
  result: ScenarioResult,
  baseline: readonly BaselineEntry[],
): { shown: ScenarioResult; withheld: number } {
  const { checks, audit } = result
  const hidden = checks.filter((check) => isEmbargoed(baseline, check))
  const rules = (audit?.rules ?? []).filter(
    ({ id, verdict }) => verdict !== 'fail' || entryOfRule(baseline, result.scenario, id)?.embargoed !== true,
  )
  const withheld = hidden.length + (audit?.rules.length ?? 0) - rules.length
  if (withheld === 0) return { shown: result, withheld }
  const ids = new Set(hidden.map(({ id }) => id))
  const shown = checks
    .filter(({ id }) => !ids.has(id))
    .map((check) => ({ ...check, trace: check.trace.filter((entry) => !ids.has(entry.check ?? '')) }))
  const figures = Object.fromEntries(
    Object.entries(audit?.figures ?? {}).filter(([name]) => !isExtreme(name)),
  )
  return { shown: { ...result, checks: shown, audit: audit && { ...audit, rules, figures } }, withheld }
}

/** A recorded run without what was exchanged for withheld checks. */
export function withoutWithheld(
  trace: readonly TraceEntry[],
  scenarios: readonly ScenarioResult[],
  baseline: readonly BaselineEntry[],
): TraceEntry[] {
  const hidden = new Set(
    scenarios
      .flatMap(({ checks }) => checks.filter((check) => isEmbargoed(baseline, check)))
      .map(({ id }) => id),
  )
  return trace.filter((entry) => !hidden.has(entry.check ?? ''))
}

/** The line of a report about withheld findings; undefined when there are none. */
export const withheldLine = (count: number): string | undefined =>
  count === 0
    ? undefined
    : `${count} ${count === 1 ? 'finding is' : 'findings are'} withheld until the vendor has been told and has fixed ${count === 1 ? 'it' : 'them'}`
