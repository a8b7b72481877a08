/** Lawful clients that choose otherwise than the reference: no check may be red for one. */

import { runSuite } from '../../../kit/run-suite.ts'
import type { Controls } from '../../../kit/suite.ts'
import type { ClientControl } from './fault.ts'
import { offers } from './offers.ts'
import { referenceDrive } from './reference.ts'
import { clientScenarios } from './scenarios.ts'
import { standInOptions } from './stand-in.ts'
import { subjectOf } from './subject.ts'

export const clientControls: readonly ClientControl[] = []

const judge: Controls['judge'] = async (controls, only) => {
  const [control] = clientControls.filter(({ name }) => name === controls[0]?.name)
  const subject = subjectOf(standInOptions(referenceDrive(control?.variant)), 'lawful')
  const results = await runSuite(
    { scenarios: clientScenarios, offers },
    subject,
    only === undefined ? {} : { only },
  )
  const red = results.flatMap(({ scenario, checks, audit, harnessError }) => [
    ...checks.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip'),
    ...(audit?.rules ?? []).filter(({ verdict }) => verdict === 'fail'),
    ...(harnessError === undefined ? [] : [{ id: scenario, verdict: 'harness', message: harnessError }]),
  ])
  const passed = results.flatMap(({ checks }) => checks).filter(({ verdict }) => verdict === 'pass').length
  return { passed, red: red.map(({ id, verdict, message }) => ({ id, verdict, message })) }
}

/** Every control, each alone. */
export const controls: Controls = {
  stories: Object.fromEntries(clientControls.map((control) => [control.name, [control]])),
  judge,
}
