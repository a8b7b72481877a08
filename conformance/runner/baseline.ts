/**
 * Known failures of one target, with the reason for each. What is listed does not fail a run; what is listed and
 * no longer fails does, so that a baseline never outlives the bug.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Audit, featureOf, type ScenarioResult } from './run.ts'
import type { CheckResult } from './tester.ts'
import { SetupError } from './verdict.ts'

export const entrySchema = z.strictObject({
  check: z.string(),
  /** Of a rule of the money audit: the features whose stories break it. Elsewhere a breach is a new failure. */
  features: z.array(z.string()).min(1).optional(),
  because: z.string().min(10),
  /** Section of the specification the finding is argued from. */
  link: z.string(),
  /** Money can be taken with it and the vendor has not fixed it: reports only say that something is withheld. */
  embargoed: z.boolean().optional(),
})

export type BaselineEntry = z.output<typeof entrySchema>

/** Reads a baseline; an absent file is an empty one. Throws `SetupError` when it does not fit. */
export function loadBaseline(file: string): BaselineEntry[] {
  if (!existsSync(file)) return []
  const result = z.array(entrySchema).safeParse(parse(readFileSync(file, 'utf8')) ?? [])
  if (!result.success) throw new SetupError(`${file}: ${z.prettifyError(result.error)}`)
  const twice = result.data.find(
    (entry, i) => result.data.findIndex(({ check }) => check === entry.check) !== i,
  )
  if (twice !== undefined) throw new SetupError(`${file}: ${twice.check} is listed twice`)
  return result.data
}

export interface Compared {
  /** Failures that nobody knew of. */
  unexpected: readonly CheckResult[]
  /** Failures the baseline lists. */
  known: readonly CheckResult[]
  /** What the baseline lists and what ran and did not fail: checks, and rules of the audit with their feature. */
  stale: readonly string[]
}

const failing = new Set(['fail', 'warn', 'blocked'])

/** Holds results against a baseline. Warnings are never unexpected: they do not fail a run. */
export function compare(
  scenarios: readonly Pick<ScenarioResult, 'checks' | 'audit'>[],
  baseline: readonly BaselineEntry[],
): Compared {
  const checks = scenarios.flatMap((scenario) => scenario.checks)
  const listed = new Set(baseline.map(({ check }) => check))
  const bad = checks.filter(({ verdict }) => failing.has(verdict))
  return {
    unexpected: bad.filter(({ id, verdict }) => verdict !== 'warn' && !listed.has(id)),
    known: bad.filter(({ id }) => listed.has(id)),
    stale: [
      ...baseline
        .filter(({ check }) => checks.some(({ id, verdict }) => id === check && verdict === 'pass'))
        .map(({ check }) => check),
      ...scenarios.flatMap(({ audit }) => (audit === undefined ? [] : staleRules(audit, baseline))),
    ],
  }
}

const staleRules = ({ scenario, rules }: Audit, baseline: readonly BaselineEntry[]): string[] =>
  rules
    .filter(({ id, verdict }) => verdict === 'pass' && entryOfRule(baseline, scenario, id) !== undefined)
    .map(({ id }) => `${id} of ${featureOf(scenario)}`)

/** The entry that lists a rule of the money audit for a scenario. */
export const entryOfRule = (
  baseline: readonly BaselineEntry[],
  scenario: string,
  rule: string,
): BaselineEntry | undefined =>
  baseline.find(({ check, features }) => check === rule && features?.includes(featureOf(scenario)))
