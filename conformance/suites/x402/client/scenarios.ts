/** The scenarios of the suite, in the order of reports. */
import { type AnyScenario, faultsOf } from '../../../kit/scenario.ts'
import { caps } from './caps.ts'
import { ending } from './ending.ts'
import type { ClientFault } from './fault.ts'
import { fields } from './fields.ts'
import type { Fixtures } from './fixtures.ts'
import { insists } from './insists.ts'
import { origin } from './origin.ts'
import { pays } from './pays.ts'
import { reading } from './reading.ts'
import { receipt } from './receipt.ts'
import { request } from './request.ts'

export const clientScenarios: readonly AnyScenario<Fixtures>[] = [
  pays,
  request,
  insists,
  caps,
  origin,
  fields,
  reading,
  ending,
  receipt,
]

/** The faults of all of them. */
export const clientFaults = async () => (await faultsOf(clientScenarios)) as ClientFault[]
