/** The scenarios of the suite, in the order of reports. */
import { type AnyScenario, faultsOf } from '../../../kit/scenario.ts'
import type { FacilitatorFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { malformed } from './malformed.ts'
import { settle } from './settle.ts'
import { supported } from './supported.ts'
import { verify } from './verify.ts'

export const facilitatorScenarios: readonly AnyScenario<Fixtures>[] = [supported, verify, settle, malformed]

/** The faults of all of them. */
export const facilitatorFaults = async () => (await faultsOf(facilitatorScenarios)) as FacilitatorFault[]
