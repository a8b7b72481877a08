/** Every scenario of this suite, in the order they are told, and the faults that stand beside them. */
import type { Fault } from '../../../kit/fault.ts'
import { type AnyScenario, faultsOf } from '../../../kit/scenario.ts'
import { channelScenarios } from './channel/scenarios.ts'
import type { ClientFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { hostileScenarios } from './hostile/scenarios.ts'
import { paymentScenarios } from './payment/scenarios.ts'
import { streamScenarios } from './stream/scenarios.ts'

export const clientScenarios: readonly AnyScenario<Fixtures>[] = [
  ...paymentScenarios,
  ...streamScenarios,
  ...channelScenarios,
  ...hostileScenarios,
]

/** Every fault of this suite. */
export const clientFaults = async (): Promise<readonly ClientFault[]> =>
  (await faultsOf(clientScenarios)).filter(isClientFault)

/** What stands beside the scenarios of this suite alters the reference client. */
const isClientFault = (fault: Fault): fault is ClientFault => 'variant' in fault
