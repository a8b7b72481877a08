/** Runs the faults of a suite against the scenarios that hold their declared checks. It proves the checks, not a target. */
import type { Fault } from './fault.ts'
import type { FaultResult } from './kill-matrix.ts'
import type { ScenarioResult } from './run.ts'
import { runSuite } from './run-suite.ts'
import { type AnySuite, holding, nameOf } from './suite.ts'
import { HarnessError } from './verdict.ts'

/** What `judgeFault` is asked to run; also the message to a process of the fault pool. */
export interface Asked {
  /** `profile/role`. */
  suite: string
  /** The fault; without it the unbroken stand-in. */
  fault?: string | undefined
  /** A glob over scenarios; without it all of them. */
  only?: string | undefined
  /** Another lawful way in which the stand-in does its work. */
  variant?: string | undefined
}

/** A glob over the scenarios that hold the declared checks of these faults. */
export const scenariosOf = (suite: AnySuite<never>, faults: readonly Fault[]): string =>
  [...new Set(faults.flatMap((fault) => holding(suite.scenarios, fault)))].join(',')

/**
 * Runs one fault of a suite against the suite's own stand-in, and compares the checks that turned red with the declared
 * ones. `killed`: all declared checks turned red; `exact`: no other check of their scenarios did. Rejects with
 * `HarnessError` for an unknown fault.
 */
export async function judgeFault<World>(suite: AnySuite<World>, asked: Asked): Promise<FaultResult> {
  const faults = await suite.faults()
  const fault = asked.fault === undefined ? undefined : faults.find(({ name }) => name === asked.fault)
  if (asked.fault !== undefined && fault === undefined)
    throw new HarnessError(`no fault ${asked.fault} of ${nameOf(suite)}`)
  const { name, breaks, caughtBy, made = 'rule' } = fault ?? unbroken
  const results = await runAgainst(suite, fault, asked)
  const held = new Set(holding(suite.scenarios, fault ?? unbroken))
  const failed = failedIn(results.filter(({ scenario }) => held.has(scenario)))
  const elsewhere = failedIn(results.filter(({ scenario }) => !held.has(scenario)))
  return {
    name,
    ...(asked.variant === undefined ? {} : { variant: asked.variant }),
    suite: nameOf(suite),
    breaks,
    expected: caughtBy,
    failed,
    elsewhere: elsewhere.filter((check) => !failed.includes(check)),
    killed: caughtBy.every((check) => failed.includes(check)),
    made,
    exact: made === 'generated' || failed.every((check) => caughtBy.includes(check)),
  }
}

/** The stand-in as it is: what every fault is told apart from. No check may turn red for it. */
const unbroken: Fault = { name: 'unbroken', breaks: '', caughtBy: [] }

async function runAgainst<World>(
  suite: AnySuite<World>,
  fault: Fault | undefined,
  { only, variant }: Asked,
): Promise<ScenarioResult[]> {
  await using standIn = await suite.standIn(fault, variant)
  return await runSuite(suite, standIn.subject, only === undefined ? {} : { only })
}

/** Checks and audit rules that are red; the kit's own failures count as red too. */
function failedIn(results: readonly ScenarioResult[]): string[] {
  const red = results.flatMap(({ checks, audit, harnessError }) => [
    ...checks.filter(({ verdict }) => verdict === 'fail' || verdict === 'warn').map(({ id }) => id),
    ...(audit?.rules.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id) ?? []),
    ...(harnessError === undefined ? [] : [`harness: ${harnessError}`]),
  ])
  return [...new Set(red)].sort()
}
