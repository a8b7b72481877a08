/**
 * `streamed-payments/kit`: what a suite is written with, for any protocol. A scenario declares its checks and judges them;
 * a `Suite` is one value; `judge` runs it against a subject and makes the result that reports show, `judgeFault` proves it.
 * Needs Node.
 * @module
 */

export { Exchange, type HttpOptions, send } from './harness/http.ts'
export { freePort, type Instance, type Launch, launch } from './harness/process.ts'
export { type BaselineEntry, type Compared, compare, loadBaseline } from './kit/baseline.ts'
export type { Control } from './kit/control.ts'
export type { Fault } from './kit/fault.ts'
export { type Judged, type JudgeOptions, judge } from './kit/judge.ts'
export { loadRequirements, type Requirement } from './kit/requirements.ts'
export { exitCode, type ResultInput, type RunResult, toResult } from './kit/result.ts'
export {
  type Audit,
  type AuditRule,
  plan,
  type Runnable,
  type RunOptions,
  run,
  type ScenarioResult,
  type Stage,
} from './kit/run.ts'
export { type Judges, type Scenario, scenario } from './kit/scenario.ts'
export { judgeFault } from './kit/selftest.ts'
export {
  type Controls,
  type Offers,
  type OwnTarget,
  type StandIn,
  type Statement,
  type Statements,
  type Subject,
  type Suite,
  suite,
} from './kit/suite.ts'
export type { CheckResult, Tester } from './kit/tester.ts'
export { type Recorder, redact, Trace, type TraceEntry } from './kit/trace.ts'
export { type Answering, type Attempt, figures, type Position, type Verbs, verbs } from './kit/verbs.ts'
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
