/** Runs the server suite against a subject and turns it into a result: what `test server` and `npm start` share. */

import { abandon } from '../harness/http.ts'
import { type BaselineEntry, compare } from '../kit/baseline.ts'
import { loadRequirements, type Requirement } from '../kit/requirements.ts'
import { exitCode, type RunResult, toResult } from '../kit/result.ts'
import { plan, run, type ScenarioResult } from '../kit/run.ts'
import { bugsByCheck } from '../kit/threats.ts'
import { Trace, type TraceEntry } from '../kit/trace.ts'
import { SetupError } from '../kit/verdict.ts'
import { findManagement } from '../peers/mpp/payer/management.ts'
import type { SubjectOptions } from '../peers/mpp/payer/subject.ts'
import { progressLine, summary } from '../report/text.ts'
import { serverScenarios } from '../suites/mpp/server/scenarios.ts'
import { capabilitiesOf, serverSuite } from '../suites/mpp/server/suite.ts'
import { kit } from './kit.ts'

export interface JudgeOptions {
  /** The target's name or URL, for the report. */
  target: string
  subject: SubjectOptions
  baseline: readonly BaselineEntry[]
  seed: string
  only?: string
  /** The command that runs this again, for failures. */
  replay: string
  print(line: string): void
}

/** A run that is over: the result with the exit code, and what else its reports are made of. */
export interface Judged {
  result: RunResult
  code: 0 | 1
  trace: readonly TraceEntry[]
  requirements: ReadonlyMap<string, Requirement>
  replay: string
}

/** Runs, prints, and answers the result with the exit code. */
export async function judgeServer(options: JudgeOptions): Promise<Judged> {
  const { target, subject, seed, baseline, print, only } = options
  const requirements = loadRequirements()
  const filter = only === undefined ? {} : { only }
  const planned = plan({ scenarios: serverScenarios }, only).length
  if (planned === 0) throw new SetupError(`--only ${only} matches no check`)
  const suite = serverSuite({ ...subject, management: await findManagement(subject, seed) }, seed)
  print('')
  print(`  mpp / server   ${target}   chain ${subject.chainId}   seed ${seed}`)
  const learned = await suite.learned(only)
  for (const line of learned) print(`  ${line}`)
  print('')
  const startedAt = new Date()
  const trace = new Trace()
  const onScenario = (done: ScenarioResult) => print(progressLine(done))
  const capabilities = capabilitiesOf(subject)
  const scenarios = await run(suite, { requirements, capabilities, ...filter, onScenario }, trace)
  abandon()
  const compared = compare(scenarios, baseline)
  const result = toResult({
    kit,
    target,
    profile: suite.profile,
    role: suite.role,
    seed,
    learned,
    startedAt,
    finishedAt: new Date(),
    planned,
    scenarios,
    baseline,
    compared,
    like: bugsByCheck(),
  })
  for (const line of summary(result, requirements, options.replay)) print(line)
  return {
    result,
    code: exitCode(result, compared),
    trace: trace.entries,
    requirements,
    replay: options.replay,
  }
}

/** A seed for a run that was given none. */
export const newSeed = (): string =>
  Math.floor(Math.random() * 0xffff_ffff)
    .toString(16)
    .padStart(8, '0')
