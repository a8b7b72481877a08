/**
 * Known failures of one target, with the reason for each. What is listed does not fail a run; what is listed and
 * no longer fails does, so that a baseline never outlives the bug.
 */
import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { z } from 'zod'
import type { CheckResult } from './tester.ts'
import { SetupError } from './verdict.ts'

export const entrySchema = z.strictObject({
  check: z.string(),
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
  /** Entries whose check ran and did not fail. */
  stale: readonly BaselineEntry[]
}

const failing = new Set(['fail', 'warn', 'blocked'])

/** Holds results against a baseline. Warnings are never unexpected: they do not fail a run. */
export function compare(checks: readonly CheckResult[], baseline: readonly BaselineEntry[]): Compared {
  const listed = new Set(baseline.map(({ check }) => check))
  const bad = checks.filter(({ verdict }) => failing.has(verdict))
  return {
    unexpected: bad.filter(({ id, verdict }) => verdict !== 'warn' && !listed.has(id)),
    known: bad.filter(({ id }) => listed.has(id)),
    stale: baseline.filter(({ check }) =>
      checks.some(({ id, verdict }) => id === check && verdict === 'pass'),
    ),
  }
}
