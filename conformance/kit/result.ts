/** The result of a run as data: what `--json` writes. Its JSON Schema is spec/schemas/result.json. */
import { z } from 'zod'
import { type BaselineEntry, type Compared, entryOfRule } from './baseline.ts'
import { withhold } from './embargo.ts'
import type { Audit, ScenarioResult } from './run.ts'
import { redact, type TraceEntry, type Words } from './trace.ts'
import type { Verdict } from './verdict.ts'

const verdict = z.enum(['pass', 'fail', 'warn', 'skip', 'blocked'])

export const checkSchema = z.object({
  id: z.string(),
  scenario: z.string(),
  requirement: z.string(),
  also: z.array(z.string()),
  level: z.enum(['MUST', 'MUST NOT', 'SHOULD', 'SHOULD NOT', 'MAY']),
  verdict,
  message: z.string(),
  evidence: z.object({
    expected: z.string().optional(),
    actual: z.string().optional(),
    money: z.string().optional(),
    /** The recorded exchange, credentials shortened. */
    trace: z.array(z.looseObject({ kind: z.string() })),
  }),
  /** Bugs of other implementations that a failure may be like (spec/field-bugs.yaml). */
  like: z.array(z.string()).optional(),
  /** Listed in the target's baseline, and why. */
  known: z.string().optional(),
})

export const schema = z.object({
  kit: z.object({ name: z.string(), version: z.string() }),
  target: z.string(),
  profile: z.string(),
  role: z.string(),
  seed: z.string(),
  /** What the kit learnt of the target before it judged, a sentence each. */
  learned: z.array(z.string()),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** The number of scenarios. */
  planned: z.int(),
  executed: z.int(),
  summary: z.object({ pass: z.int(), fail: z.int(), warn: z.int(), skip: z.int(), blocked: z.int() }),
  /** Without those that are withheld: `summary` counts these. */
  checks: z.array(checkSchema),
  /** What kept checks from being judged, each with these checks; the most frequent first. */
  causes: z.array(z.object({ message: z.string(), checks: z.array(z.string()) })),
  /** How many findings the baseline embargoes: nothing else is said of them. */
  withheld: z.int(),
  audits: z.array(
    z.object({
      scenario: z.string(),
      rules: z.array(
        z.object({
          id: z.string(),
          verdict: z.enum(['pass', 'fail', 'blocked']),
          message: z.string(),
          /** Listed in the target's baseline for this scenario, and why. */
          known: z.string().optional(),
        }),
      ),
      figures: z.record(z.string(), z.string()),
    }),
  ),
  /** What the baseline lists and no longer fails. */
  stale: z.array(z.string()),
  /** Failures of the kit itself, which say nothing of the target. */
  harnessErrors: z.array(z.string()),
})

/** A run as data: what `--json` writes. */
export type RunResult = z.output<typeof schema>

/** What a result is made of. */
export interface ResultInput {
  kit: { name: string; version: string }
  target: string
  profile: string
  role: string
  words: Words
  seed: string
  learned?: readonly string[]
  startedAt: Date
  finishedAt: Date
  planned: number
  scenarios: readonly ScenarioResult[]
  baseline: readonly BaselineEntry[]
  compared: Compared
  /** Check id -> bugs that a failure of it may be like. */
  like?: ReadonlyMap<string, readonly string[]>
}

/** Builds the result. Of what the baseline embargoes it has the number only. */
export function toResult(input: ResultInput): RunResult {
  const { kit, target, profile, role, seed, planned, baseline, compared } = input
  const parts = input.scenarios.map((scenario) => withhold(scenario, baseline))
  const scenarios = parts.map(({ shown }) => shown)
  const entryOf = new Map(baseline.map((entry) => [entry.check, entry]))
  const knownIds = new Set(compared.known.map(({ id }) => id))
  const checks = scenarios.flatMap((result) => result.checks)
  const causes = causesOf(checks).map(({ message, ids }) => ({ message, checks: ids }))
  const count = (wanted: Verdict) => checks.filter((check) => check.verdict === wanted).length
  return {
    kit,
    target,
    profile,
    role,
    seed,
    learned: [...(input.learned ?? [])],
    startedAt: input.startedAt.toISOString(),
    finishedAt: input.finishedAt.toISOString(),
    planned,
    executed: scenarios.length,
    summary: {
      pass: count('pass'),
      fail: count('fail'),
      warn: count('warn'),
      skip: count('skip'),
      blocked: count('blocked'),
    },
    checks: checks.map((check) => {
      const { id, scenario, requirement, also, level, verdict: concluded, message, trace } = check
      const entry = knownIds.has(id) ? entryOf.get(id) : undefined
      const common = { id, scenario, requirement, also: [...also], level, verdict: concluded }
      const red = concluded === 'fail' || concluded === 'warn'
      const like = red ? input.like?.get(id) : undefined
      return {
        ...common,
        message,
        evidence: {
          ...(check.expected === undefined ? {} : { expected: check.expected }),
          ...(check.actual === undefined ? {} : { actual: check.actual }),
          ...(check.money === undefined ? {} : { money: check.money }),
          trace:
            concluded === 'pass'
              ? []
              : trace.map((entry_: TraceEntry) => ({ ...redact(entry_, input.words) })),
        },
        ...(like === undefined ? {} : { like: [...like] }),
        ...(entry === undefined ? {} : { known: entry.because }),
      }
    }),
    causes,
    withheld: parts.reduce((total, { withheld }) => total + withheld, 0),
    audits: scenarios.flatMap(({ audit }) =>
      audit === undefined
        ? []
        : [{ ...audit, rules: rulesOf(audit, baseline), figures: { ...audit.figures } }],
    ),
    stale: staleLines(compared.stale, baseline),
    harnessErrors: scenarios.flatMap(({ harnessError }) => harnessError ?? []),
  }
}

/** The rules of an audit, with what the baseline knows of those that are broken. */
const rulesOf = ({ scenario, rules }: Audit, baseline: readonly BaselineEntry[]) =>
  rules.map((rule) => {
    const entry = rule.verdict === 'fail' ? entryOfRule(baseline, scenario, rule.id) : undefined
    return entry === undefined ? { ...rule } : { ...rule, known: entry.because }
  })

/** Stale entries by name; embargoed ones only as a number. */
function staleLines(stale: readonly string[], baseline: readonly BaselineEntry[]): string[] {
  const hidden = new Set(baseline.filter(({ embargoed }) => embargoed === true).map(({ check }) => check))
  const named = stale.filter((entry) => !hidden.has(entry.replace(/ of .*/, '')))
  const unnamed = stale.length - named.length
  return unnamed === 0 ? named : [...named, `${unnamed} of what is withheld`]
}

/** Rules of the audit that are broken, with their scenario; new ones, or those the baseline knows. */
export const brokenRules = ({ audits }: RunResult, { known }: { known: boolean }) =>
  audits.flatMap(({ scenario, rules }) =>
    rules
      .filter((rule) => rule.verdict === 'fail' && (rule.known !== undefined) === known)
      .map((rule) => ({ scenario, ...rule })),
  )

/** The causes that blocked checks, each with its checks; the most frequent cause first. */
export function causesOf(
  checks: readonly Pick<RunResult['checks'][number], 'verdict' | 'message' | 'id'>[],
): { message: string; ids: string[] }[] {
  const causes = new Map<string, string[]>()
  for (const { verdict, message, id } of checks)
    if (verdict === 'blocked') causes.set(message, [...(causes.get(message) ?? []), id])
  return [...causes]
    .map(([message, ids]) => ({ message, ids }))
    .sort((one, other) => other.ids.length - one.ids.length)
}

/**
 * 0: nothing failed but what the baseline lists; 1: something did, or a listed failure is gone, or less was
 * executed than planned; 2 is for runs that never were.
 */
export function exitCode(result: RunResult, compared: Compared): 0 | 1 {
  const clean =
    compared.unexpected.length === 0 &&
    compared.stale.length === 0 &&
    brokenRules(result, { known: false }).length === 0 &&
    result.harnessErrors.length === 0 &&
    result.executed === result.planned
  return clean ? 0 : 1
}
