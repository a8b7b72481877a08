/** Judges one lawful stand-in: how much of it passed, and what was red. */
import type { RedControl } from './control.ts'
import { runSuite } from './run-suite.ts'
import type { Subject, Suite } from './suite.ts'

/** Runs a suite, all of it or what a glob picks, against a stand-in. Nothing that comes back as red may be red. */
export async function judgeLawful<Fixtures>(
  suite: Pick<Suite<never, Fixtures>, 'scenarios' | 'offers'>,
  subject: Pick<Subject<Fixtures>, 'capabilities' | 'stage'>,
  only?: string,
): Promise<{ passed: number; red: readonly RedControl[] }> {
  const results = await runSuite(suite, subject, only === undefined ? {} : { only })
  const passed = results.flatMap(({ checks }) => checks).filter(({ verdict }) => verdict === 'pass').length
  const red = results.flatMap(({ scenario, checks, audit, harnessError }) => [
    ...checks.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip'),
    ...(audit?.rules ?? [])
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ message, ...rule }) => ({ ...rule, message: `${scenario}: ${message}` })),
    ...(harnessError === undefined ? [] : [{ id: scenario, verdict: 'harness', message: harnessError }]),
  ])
  return { passed, red: red.map(({ id, verdict, message }) => ({ id, verdict, message })) }
}
