/** The suites there are: one line each. */
import type { World } from '../harness/world.ts'
import { type AnySuite, nameOf } from '../kit/suite.ts'
import { SetupError } from '../kit/verdict.ts'
import { mppClient } from './mpp/client/suite.ts'
import { mppServer } from './mpp/server/suite.ts'
import { x402Client } from './x402/client/suite.ts'
import { x402Facilitator } from './x402/facilitator/suite.ts'
import { x402Server } from './x402/server/suite.ts'

export const suites: readonly AnySuite<World>[] = [
  mppServer,
  mppClient,
  x402Server,
  x402Client,
  x402Facilitator,
]

/** A suite by its profile and role. Throws `SetupError`. */
export function suiteOf(profile: string, role: string): AnySuite<World> {
  const found = suites.find((each) => each.profile === profile && each.role === role)
  if (found === undefined)
    throw new SetupError(`no suite ${profile}/${role}; there are ${suites.map(nameOf).join(', ')}`)
  return found
}
