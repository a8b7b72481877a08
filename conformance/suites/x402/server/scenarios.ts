/** The scenarios of the suite, in the order of reports. */
import type { AnyScenario } from '../../../kit/scenario.ts'
import { faultsOf } from '../../../kit/scenario.ts'
import type { ServerFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { stream } from './stream.ts'

export const serverScenarios: readonly AnyScenario<Fixtures>[] = [stream]

/** The faults of all of them. */
export const serverFaults = async () => (await faultsOf(serverScenarios)) as ServerFault[]
