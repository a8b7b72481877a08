/**
 * `streamed-payments/kit`: what a suite is written with, for any protocol. A scenario declares its checks and judges them;
 * `run` runs a suite of them; `compare` and `toResult` hold it against a baseline and make the result that reports show.
 * Needs Node.
 * @module
 */

export { Exchange, type HttpOptions, send } from './harness/http.ts'
export { freePort, type Instance, type Launch, launch } from './harness/process.ts'
export { type BaselineEntry, type Compared, compare, loadBaseline } from './kit/baseline.ts'
export { loadRequirements, type Requirement } from './kit/requirements.ts'
export { exitCode, type ResultInput, type RunResult, toResult } from './kit/result.ts'
export {
  type Audit,
  type AuditRule,
  plan,
  type RunOptions,
  run,
  type ScenarioResult,
  type Stage,
  type Suite,
} from './kit/run.ts'
export { type Judges, type Scenario, scenario } from './kit/scenario.ts'
export type { CheckResult, Tester } from './kit/tester.ts'
export { type Recorder, redact, Trace, type TraceEntry } from './kit/trace.ts'
export {
  absent,
  Blocked,
  broken,
  equal,
  type Finding,
  HarnessError,
  holds,
  holdsIf,
  SetupError,
  TargetError,
  unjudged,
  type Verdict,
} from './kit/verdict.ts'
export { htmlPage } from './report/html/page.ts'
export { junit } from './report/junit.ts'
export { markdown } from './report/markdown.ts'
