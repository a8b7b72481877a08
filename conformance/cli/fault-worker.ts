/** A process of the fault pool: judges the faults it is named, one after the other, until it is ended. */

import { loadRequirements } from '../kit/requirements.ts'
import { unbroken } from '../suites/mpp/server/fault.ts'
import { serverFaults } from '../suites/mpp/server/scenarios.ts'
import type { Answered, Asked } from './fault-pool.ts'
import { judgeFault } from './selftest.ts'

const requirements = loadRequirements()

process.on('message', (asked: Asked) => {
  void answer(asked).then((answered) => process.send?.(answered))
})
// Without its parent there is nobody to answer.
process.once('disconnect', () => process.exit())

async function answer({ name, ...options }: Asked): Promise<Answered> {
  const fault = [unbroken, ...(await serverFaults())].find((each) => each.name === name)
  if (fault === undefined) return { error: 'no such fault' }
  try {
    return { result: await judgeFault(fault, requirements, options) }
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}
