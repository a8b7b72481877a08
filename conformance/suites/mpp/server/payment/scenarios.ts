/** Scenarios about the payment scheme itself: challenges, credentials, refusals, receipts. */

import type { AnyScenario } from '../../../../kit/scenario.ts'
import type { Fixtures } from '../fixtures.ts'
import { binding } from './binding.ts'
import { challenge } from './challenge.ts'
import { credential } from './credential.ts'
import { discovery } from './discovery.ts'
import { echo } from './echo.ts'
import { expiry } from './expiry.ts'
import { failure } from './failure.ts'
import { hygiene } from './hygiene.ts'
import { loginScenario } from './login.ts'
import { opaque } from './opaque.ts'
import { policy } from './policy.ts'
import { preferences } from './preferences.ts'
import { receipt } from './receipt.ts'
import { refusal } from './refusal.ts'
import { route } from './route.ts'
import { status } from './status.ts'

export const paymentScenarios: readonly AnyScenario<Fixtures>[] = [
  challenge,
  credential,
  binding,
  echo,
  route,
  expiry,
  opaque,
  loginScenario,
  policy,
  failure,
  preferences,
  refusal,
  receipt,
  status,
  hygiene,
  discovery,
]
