/** Scenarios about channels: terms that change, outcomes that are unknown, processes that end. */
import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { again } from './again.ts'
import { bodies } from './bodies.ts'
import { change } from './change.ts'
import { gone } from './gone.ts'
import { killed } from './killed.ts'
import { kinds } from './kinds.ts'
import { resume } from './resume.ts'
import { unsure } from './unsure.ts'

export const channelScenarios = [
  change,
  unsure,
  again,
  killed,
  gone,
  resume,
  kinds,
  bodies,
] as readonly AnyScenario<Fixtures>[]
