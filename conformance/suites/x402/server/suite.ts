/** The server suite of the x402 profile. */
import type { World } from '../../../harness/world.ts'
import { suite } from '../../../kit/suite.ts'
import { powers, resources } from '../../../peers/x402/offers.ts'
import { look } from '../../../peers/x402/payer/subject.ts'
import { environment, tell } from '../../../peers/x402/peers.ts'
import { words } from '../../../peers/x402/words.ts'
import { auditRules } from './audit.ts'
import type { ServerFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { ownTargets } from './own-targets.ts'
import { serverFaults, serverScenarios } from './scenarios.ts'
import { type Stated, statements } from './statements.ts'
import { subjectOf } from './subject.ts'

/** The server suite. */
export const x402Server = suite<World, Fixtures>({
  profile: 'x402',
  role: 'server',
  offers: { resources, powers },
  statements,
  auditRules,
  scenarios: serverScenarios,
  words,
  environment,
  prepare: tell,
  ownTargets,
  faults: serverFaults,
  async look(world, seed) {
    const { model } = world.statements as Partial<Stated>
    return subjectOf(await look(world, model), seed)
  },
  async standIn(fault) {
    const { standIn } = await import('./stand-in.ts')
    const { subject, end } = await standIn(fault as ServerFault | undefined)
    return { subject: subjectOf(subject, fault?.name ?? 'unbroken'), [Symbol.asyncDispose]: end }
  },
  controls: async () => (await import('./controls.ts')).controls,
  variants: async () => [],
  variesWith: () => false,
})
