/** The facilitator suite of the x402 profile. */
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import type { World } from '../../../harness/world.ts'
import { suite } from '../../../kit/suite.ts'
import { environment } from '../../../peers/x402/peers.ts'
import { words } from '../../../peers/x402/words.ts'
import type { FacilitatorFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { facilitatorFaults, facilitatorScenarios } from './scenarios.ts'
import { statements } from './statements.ts'
import { look, subjectOf } from './subject.ts'

/** The facilitator suite. */
export const x402Facilitator = suite<World, Fixtures>({
  profile: 'x402',
  role: 'facilitator',
  offers: { resources: {}, powers: {} },
  statements,
  auditRules: {},
  scenarios: facilitatorScenarios,
  words,
  environment: { ...environment, FACILITATOR_PRIVATE_KEY: (devAccounts[2] as KeyAccount).privateKey },
  ownTargets: {
    reference: {
      command: 'facilitator',
      url: 'http://127.0.0.1:{port}',
      env: {},
      resources: {},
      statements: {},
    },
  },
  faults: facilitatorFaults,
  look: async (world, seed) => subjectOf(await look(world), seed),
  async standIn(fault) {
    const { startReference } = await import('./reference.ts')
    const { subject, end } = await startReference(fault as FacilitatorFault | undefined)
    return { subject: subjectOf(subject, fault?.name ?? 'unbroken'), [Symbol.asyncDispose]: end }
  },
  controls: async () => (await import('./controls.ts')).controls,
  variants: async () => [],
  variesWith: () => false,
})
