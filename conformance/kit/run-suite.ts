/** Runs the scenarios of a suite against a subject: what judging, faults and controls share. */
import { loadRequirements, type Requirement } from './requirements.ts'
import { type RunOptions, run, type ScenarioResult } from './run.ts'
import { type AnySuite, type Subject, type Suite, whyNot } from './suite.ts'
import type { Trace } from './trace.ts'

/** What running needs of a suite. */
type Run<Fixtures> = Pick<Suite<never, Fixtures>, 'scenarios' | 'offers' | 'requirements'>

/** Runs a suite, all of it or what a glob picks. */
export const runSuite = <Fixtures>(
  suite: Run<Fixtures>,
  subject: Pick<Subject<Fixtures>, 'capabilities' | 'stage'>,
  more: Pick<RunOptions, 'only' | 'onScenario'> = {},
  trace?: Trace,
): Promise<ScenarioResult[]> =>
  run(
    { scenarios: suite.scenarios, stage: subject.stage.bind(subject) },
    {
      requirements: catalogueOf(suite),
      capabilities: subject.capabilities,
      whyNot: (missing) => whyNot(suite.offers, missing),
      ...more,
    },
    trace,
  )

/** What the checks of a suite judge: its own catalogue, or that of spec/requirements. */
export const catalogueOf = (suite: Pick<AnySuite<never>, 'requirements'>): ReadonlyMap<string, Requirement> =>
  suite.requirements ?? published()

let read: ReadonlyMap<string, Requirement> | undefined

/** Read once: a process may judge many faults. */
function published(): ReadonlyMap<string, Requirement> {
  read ??= loadRequirements()
  return read
}
