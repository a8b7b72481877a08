/** Every fault is killed by exactly the checks it declares (half 2 of 2, so that two workers share them). */
import { expect, test } from 'vitest'
import { judgeFault } from '../../conformance/cli/selftest.ts'
import { faults } from '../../conformance/faults/index.ts'
import { loadRequirements } from '../../conformance/runner/requirements.ts'

const requirements = loadRequirements()

test.each(faults.filter((_, i) => i % 2 === 1))('$name', async (fault) => {
  const { expected, failed } = await judgeFault(fault, requirements, false)
  expect(failed).toEqual([...expected].sort())
})
