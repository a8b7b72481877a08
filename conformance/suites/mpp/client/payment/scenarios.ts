/** Scenarios about challenges and how they are answered. */
import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { alternate } from './alternate.ts'
import { calls } from './calls.ts'
import { credential } from './credential.ts'
import { expiry } from './expiry.ts'
import { figures } from './figures.ts'
import { selection } from './selection.ts'
import { terms } from './terms.ts'

export const paymentScenarios = [
  credential,
  alternate,
  selection,
  expiry,
  terms,
  figures,
  calls,
] as readonly AnyScenario<Fixtures>[]
