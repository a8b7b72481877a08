/** Every scenario of this suite, in the order they are told, and the faults that stand beside them. */

import { type AnyScenario, faultsOf } from '../../../kit/scenario.ts'
import { channelScenarios } from './channel/scenarios.ts'
import { chargeScenarios } from './charge/scenarios.ts'
import type { ServerFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { paymentScenarios } from './payment/scenarios.ts'
import { streamScenarios } from './stream/scenarios.ts'
import { missingFaults, watched } from './watched.ts'

export const serverScenarios: readonly AnyScenario<Fixtures>[] = [
  ...paymentScenarios,
  ...channelScenarios,
  ...chargeScenarios,
  ...streamScenarios,
].map(watched)

/** Every fault of this suite: those beside the scenarios, then the generated ones. */
export async function serverFaults(): Promise<readonly ServerFault[]> {
  // What stands beside the scenarios of this suite alters its reference.
  const written = (await faultsOf(serverScenarios)) as ServerFault[]
  return [...written, ...(await missingFaults(serverScenarios, written))]
}
