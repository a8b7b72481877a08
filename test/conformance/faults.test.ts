/**
 * A fault is killed by exactly the checks it declares. Here one fault of each scenario is judged; all of them, some
 * hundreds, are judged by `selftest`, which .ci/run runs.
 */
import { expect, test } from 'vitest'
import { judgeFault, scenariosOf } from '../../conformance/cli/selftest.ts'
import { faults } from '../../conformance/faults/index.ts'
import { loadRequirements } from '../../conformance/runner/requirements.ts'
import { serverScenarios } from '../../conformance/suites/mpp/suite.ts'

const requirements = loadRequirements()

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
  const { expected, failed } = await judgeFault(fault, requirements, { only: scenariosOf([fault]) })
  expect(failed).toEqual([...expected].sort())
})
