/** Scenarios about payees that answer what no payee may. */
import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { answers } from './answers.ts'
import { claims } from './claims.ts'
import { floodsScenario } from './floods.ts'
import { silence } from './silence.ts'

export const hostileScenarios = [answers, claims, silence, floodsScenario] as readonly AnyScenario<Fixtures>[]
