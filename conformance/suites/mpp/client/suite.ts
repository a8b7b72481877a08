/** The client suite of the mpp profile: the paying side, sent to a payee that may be honest or hostile. */
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import { patience } from '../../../harness/patience.ts'
import type { World } from '../../../harness/world.ts'
import { canState } from '../../../kit/abilities.ts'
import { suite } from '../../../kit/suite.ts'
import { auditRules } from './audit.ts'
import type { ClientFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { type Ability, abilities, offers, sellingBy, suggesting, usualDeposit } from './offers.ts'
import { ownTargets } from './own-targets.ts'
import { clientFaults, clientScenarios } from './scenarios.ts'
import { standInOptions } from './stand-in.ts'
import { subjectOf } from './subject.ts'

/** What is stated of a client. */
interface Stated {
  can?: readonly Ability[]
  protocol?: SessionProtocol
  suggest?: string
}

/** The client suite. */
export const mppClient = suite<World, Fixtures>({
  profile: 'mpp',
  role: 'client',
  runs: 'command',
  offers,
  statements: {
    can: canState(abilities, 'what the client does when it is told to'),
    protocol: sellingBy,
    suggest: suggesting,
  },
  auditRules,
  scenarios: clientScenarios,
  words: {
    secretFields: ['payment-authorization', 'payment-receipt'],
    controlEvents: ['payment-need-voucher', 'payment-receipt'],
  },
  environment: {},
  ownTargets,
  faults: clientFaults,
  async look({ drive, command, environment, timeoutMs, statements }, seed) {
    // A chain of the kit's own is not shared: each shop has another.
    const chain = environment.memory === undefined ? environment : undefined
    const { can = [], protocol = 'v2', suggest = usualDeposit } = statements as Stated
    const stated = { environment: chain, protocol, suggest }
    if (drive === undefined) {
      const { referenceDrive } = await import('./reference.ts')
      return subjectOf({ ...standInOptions(referenceDrive({}, patience), command), ...stated }, seed)
    }
    // A run is many answers, and several clients run beside each other.
    const options = {
      drive,
      command: command ?? drive,
      ...stated,
      timeoutMs: timeoutMs * 6,
    }
    return subjectOf({ ...options, capabilities: new Set<string>(can) }, seed)
  },
  async standIn(fault) {
    const { referenceDrive } = await import('./reference.ts')
    const drive = referenceDrive((fault as ClientFault | undefined)?.variant, patience)
    return {
      subject: subjectOf(standInOptions(drive), fault?.name ?? 'unbroken'),
      [Symbol.asyncDispose]: async () => undefined,
    }
  },
  controls: async () => (await import('./controls.ts')).controls,
  variants: async () => [],
  variesWith: () => false,
})
