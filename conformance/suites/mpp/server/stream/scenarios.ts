/** Scenarios about streams: what is delivered, when, and what is charged for it. */

import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { accounting } from './accounting.ts'
import { brief } from './brief.ts'
import { concurrency } from './concurrency.ts'
import { crash } from './crash.ts'
import { hostile } from './hostile.ts'
import { idempotency } from './idempotency.ts'
import { keyRestart } from './key-restart.ts'
import { long } from './long.ts'
import { quiet } from './quiet.ts'
import { rate } from './rate.ts'
import { slow } from './slow.ts'
import { stop } from './stop.ts'
import { stream } from './stream.ts'
import { streaming } from './streaming.ts'

export const streamScenarios: readonly AnyScenario<Fixtures>[] = [
  stream,
  streaming,
  accounting,
  concurrency,
  idempotency,
  keyRestart,
  rate,
  hostile,
  slow,
  long,
  brief,
  quiet,
  crash,
  stop,
]
