/** The client suite of the x402 profile: the paying side, sent to shops that are honest or hostile. */
import { ownChain } from '../../../harness/environment.ts'
import type { World } from '../../../harness/world.ts'
import { canState } from '../../../kit/abilities.ts'
import { suite } from '../../../kit/suite.ts'
import { chainId, environment } from '../../../peers/x402/peers.ts'
import { words } from '../../../peers/x402/words.ts'
import { auditRules } from './audit.ts'
import type { ClientFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { type Ability, abilities, offers } from './offers.ts'
import { clientFaults, clientScenarios } from './scenarios.ts'
import { subjectOf } from './subject.ts'

/** Everything that the reference can. */
const all = Object.keys(abilities) as Ability[]
/** Ours answers in milliseconds. */
const standInTimeoutMs = 10_000

/** The client suite. */
export const x402Client = suite<World, Fixtures>({
  profile: 'x402',
  role: 'client',
  runs: 'command',
  offers,
  statements: {
    can: canState(abilities, 'what the client does'),
  },
  auditRules,
  scenarios: clientScenarios,
  words,
  environment,
  ownTargets: {
    reference: {
      command: 'chat --url {url} hello',
      url: '',
      env: {},
      resources: {},
      statements: { can: all },
    },
  },
  faults: clientFaults,
  async look({ drive, environment: own, timeoutMs, statements }, seed) {
    const { can = [] } = statements as { can?: readonly Ability[] }
    if (drive !== undefined)
      return subjectOf({ drive, environment: own, timeoutMs: timeoutMs * 2, can }, seed)
    const { referenceDrive } = await import('./reference.ts')
    return subjectOf({ drive: referenceDrive(), environment: own, timeoutMs, can: all }, seed)
  },
  async standIn(fault) {
    const { referenceDrive } = await import('./reference.ts')
    const drive = referenceDrive(fault as ClientFault | undefined)
    const own = await ownChain(chainId)
    return {
      subject: subjectOf(
        { drive, environment: own, timeoutMs: standInTimeoutMs, can: all },
        fault?.name ?? 'unbroken',
      ),
      [Symbol.asyncDispose]: own.close,
    }
  },
  controls: async () => (await import('./controls.ts')).controls,
  variants: async () => [],
  variesWith: () => false,
})
