/** The scenarios of the suite, in the order of reports. */
import type { AnyScenario } from '../../../kit/scenario.ts'
import { faultsOf } from '../../../kit/scenario.ts'
import { abort } from './abort.ts'
import { ask } from './ask.ts'
import { crash } from './crash.ts'
import { failure } from './failure.ts'
import type { ServerFault } from './fault.ts'
import { fields } from './fields.ts'
import type { Fixtures } from './fixtures.ts'
import { identifier } from './identifier.ts'
import { malformed } from './malformed.ts'
import { midway } from './midway.ts'
import { paced } from './paced.ts'
import { receipt } from './receipt.ts'
import { replay } from './replay.ts'
import { resource } from './resource.ts'
import { settlement } from './settlement.ts'
import { stream } from './stream.ts'
import { terms } from './terms.ts'
import { unpaid } from './unpaid.ts'
import { whole } from './whole.ts'

export const serverScenarios: readonly AnyScenario<Fixtures>[] = [
  ask,
  unpaid,
  stream,
  whole,
  paced,
  receipt,
  terms,
  malformed,
  fields,
  replay,
  resource,
  identifier,
  settlement,
  failure,
  midway,
  abort,
  crash,
]

/** The faults of all of them. */
export const serverFaults = async () => (await faultsOf(serverScenarios)) as ServerFault[]
