/**
 * Known failures of one target, with the reason for each. What is listed does not fail a run; what is listed and
 * no longer fails does, so that a baseline never outlives the bug.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { type Audit, featureOf, type ScenarioResult } from './run.ts'
import { inside } from './suite.ts'
import type { CheckResult } from './tester.ts'
import { SetupError } from './verdict.ts'

export const entrySchema = z.strictObject({
  check: z.string(),
  /**
   * For a rule of the money audit: the features whose scenarios break it. A breach in another feature is a new failure.
   */
  features: z.array(z.string()).min(1).optional(),
  because: z.string().min(10),
  /** Section of the specification the finding is argued from. */
  link: z.string(),
  /** Money can be taken with it and the vendor has not fixed it: reports only say that something is withheld. */
  embargoed: z.boolean().optional(),
  /** Whether it fails depends on the moment at which the kit comes: that it passes is no error. */
  varies: z.boolean().optional(),
})

/** One known failure of a target, with its reason and the section it is argued from. */
export type BaselineEntry = z.output<typeof entrySchema>

/** Instead of a list: that of another target with the same cause, as the same SDK under another framework. */
const extensionSchema = z.strictObject({
  /** The other baseline, a path from this one. */
  extends: z.string(),
  /** What is listed there and does not fail here. */
  except: z.array(z.strictObject({ check: z.string(), because: z.string().min(10) })).default([]),
  /** Failures of this target only. */
  also: z.array(entrySchema).default([]),
})

/** A baseline with the ids of the suite's own. Throws `SetupError` for a check of another suite. */
export const baselineOf = (suite: { profile: string; role: string }, file: string): BaselineEntry[] =>
  loadBaseline(file).map((entry) => {
    const check = entry.check.includes(':') ? inside(suite, entry.check) : undefined
    if (check === undefined)
      throw new SetupError(`${file}: ${entry.check} is no check of ${suite.profile}/${suite.role}`)
    return { ...entry, check }
  })

/**
 * Reads a baseline file (YAML). A file that does not exist is an empty baseline. Throws `SetupError` when it does not
 * fit the schema, lists a check twice, or extends a file that is missing or extends itself.
 */
export function loadBaseline(file: string): BaselineEntry[] {
  return existsSync(file) ? read(file, []) : []
}

function read(file: string, extending: readonly string[]): BaselineEntry[] {
  const content: unknown = parse(readFileSync(file, 'utf8')) ?? []
  const entries = Array.isArray(content)
    ? fitting(file, z.array(entrySchema), content)
    : extended(file, fitting(file, extensionSchema, content), extending)
  const twice = entries.find((entry, i) => entries.findIndex(({ check }) => check === entry.check) !== i)
  if (twice !== undefined) throw new SetupError(`${file}: ${twice.check} is listed twice`)
  return entries
}

function fitting<T>(file: string, schema: z.ZodType<T>, content: unknown): T {
  const result = schema.safeParse(content)
  if (!result.success) throw new SetupError(`${file}: ${z.prettifyError(result.error)}`)
  return result.data
}

/** The list another file has, with what differs here. */
function extended(
  file: string,
  { extends: other, except, also }: z.output<typeof extensionSchema>,
  extending: readonly string[],
): BaselineEntry[] {
  const path = join(dirname(file), other)
  if (!existsSync(path)) throw new SetupError(`${file}: there is no ${other}`)
  if ([...extending, file].includes(path)) throw new SetupError(`${file}: ${other} extends itself`)
  const listed = read(path, [...extending, file])
  const without = new Set(except.map(({ check }) => check))
  const unknown = [...without].find((check) => !listed.some((entry) => entry.check === check))
  if (unknown !== undefined) throw new SetupError(`${file}: ${other} does not list ${unknown}`)
  return [...listed.filter(({ check }) => !without.has(check)), ...also]
}

/** Results held against a baseline. */
export interface Compared {
  /** Failed and blocked checks that the baseline does not list. Any of them fails the run. */
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
        .filter(
          ({ check, varies }) =>
            varies !== true && checks.some(({ id, verdict }) => id === check && verdict === 'pass'),
        )
        .map(({ check }) => check),
      ...scenarios.flatMap(({ audit }) => (audit === undefined ? [] : staleRules(audit, baseline))),
    ],
  }
}

const staleRules = ({ scenario, rules }: Audit, baseline: readonly BaselineEntry[]): string[] =>
  rules
    .filter(({ id, verdict }) => {
      const entry = verdict === 'pass' ? entryOfRule(baseline, scenario, id) : undefined
      return entry !== undefined && entry.varies !== true
    })
    .map(({ id }) => `${id} of ${featureOf(scenario)}`)

/** The entry that lists a rule of the money audit for a scenario. */
export const entryOfRule = (
  baseline: readonly BaselineEntry[],
  scenario: string,
  rule: string,
): BaselineEntry | undefined =>
  baseline.find(({ check, features }) => check === rule && features?.includes(featureOf(scenario)))
