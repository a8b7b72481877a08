/** Scenarios about payees that answer what no payee may. */
import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { answers } from './answers.ts'
import { claims } from './claims.ts'
import { floodsScenario } from './floods.ts'
import { silence } from './silence.ts'
import { stranded } from './stranded.ts'

export const hostileScenarios = [
  answers,
  claims,
  stranded,
  silence,
  floodsScenario,
] as readonly AnyScenario<Fixtures>[]
