/**
 * A fault is killed by exactly the checks it declares. Here one fault of each scenario is judged; all of them, some
 * hundreds, are judged by `selftest`, which .ci/run runs.
 */
import { expect, test } from 'vitest'
import { judgeFault, scenariosOf } from '../../conformance/kit/selftest.ts'
import type { ServerFault } from '../../conformance/suites/mpp/server/fault.ts'
import { serverFaults, serverScenarios } from '../../conformance/suites/mpp/server/scenarios.ts'
import { mppServer } from '../../conformance/suites/mpp/server/suite.ts'

const faults = await serverFaults()

/** For each scenario a fault that only this scenario kills, so that one story is told for it. */
const chosen = serverScenarios.flatMap(({ id, checks }) => {
  const own = faults.find(
    ({ caughtBy, during = [] }) => during.length === 0 && caughtBy.every((check) => check in checks),
  )
  return own === undefined ? [] : [{ id, fault: own }]
})

test('nearly every scenario has a fault of its own', () => {
  expect(chosen.length).toBeGreaterThan(serverScenarios.length - 5)
})

test.each(chosen)('$id: $fault.name', async ({ fault }) => {
  const { expected, failed } = await judgeFault(mppServer, {
    suite: 'mpp/server',
    fault: fault.name,
    only: scenariosOf(mppServer, [fault]),
  })
  expect(failed).toEqual([...expected].sort())
})

/** Of the faults that count units a sample, behind each lawful way to send them; nightly:variants takes all. */
const behind = [
  ['free-title', 'delivers-1-before-charging'],
  ['free-title', 'two-units-for-one-voucher'],
  ['pings', 'one-unit-on-credit'],
  ['pings', 'captures-less-than-was-streamed'],
  ['two-events', 'delivers-3-before-charging'],
  ['two-events', 'charges-every-other-unit'],
] as const

test.each(behind)('behind %s: %s', async (variant, name) => {
  const fault = faults.find((each) => each.name === name) as ServerFault
  const result = await judgeFault(mppServer, {
    suite: 'mpp/server',
    fault: name,
    only: scenariosOf(mppServer, [fault]),
    variant,
  })
  expect(result.failed).toEqual([...fault.caughtBy].sort())
})
