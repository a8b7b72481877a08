/** The server suite of the mpp profile. */
import { pathUsd } from '../../../../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import type { World } from '../../../harness/world.ts'
import { featureOfCheck } from '../../../kit/run.ts'
import { suite } from '../../../kit/suite.ts'
import { powers, resources } from '../../../peers/mpp/offers.ts'
import { learnCustoms } from '../../../peers/mpp/payer/customs.ts'
import { preflight } from '../../../peers/mpp/payer/preflight.ts'
import type { SubjectOptions } from '../../../peers/mpp/payer/subject.ts'
import { auditRules } from './audit.ts'
import type { ServerFault } from './fault.ts'
import type { Fixtures } from './fixtures.ts'
import { ownTargets } from './own-targets.ts'
import { serverFaults, serverScenarios } from './scenarios.ts'
import { type Stated, statements } from './statements.ts'
import { subjectOf } from './subject.ts'

/** Features whose checks count units: every variant has to be seen through there. */
const countingRooms = new Set([
  'stream',
  'streaming',
  'accounting',
  'close',
  'closing',
  'crash',
  'slow',
  'audit',
])

/** The server suite. */
export const mppServer = suite<World, Fixtures>({
  profile: 'mpp',
  role: 'server',
  offers: { resources, powers },
  statements,
  auditRules,
  scenarios: serverScenarios,
  words: {
    secretFields: ['payment-authorization', 'payment-receipt'],
    controlEvents: ['payment-need-voucher', 'payment-receipt'],
  },
  environment: {
    CURRENCY: pathUsd,
    PAYEE_PRIVATE_KEY: (devAccounts[0] as KeyAccount).privateKey,
    SECRET_KEY: 'a secret for the target, at least 32 bytes long',
  },
  ownTargets,
  faults: serverFaults,
  async look(world, seed) {
    const { url, environment, timeoutMs, node, launch } = world
    const found = await preflight(url, environment, timeoutMs, world.resources)
    const { unit, ...stated } = world.statements as Partial<Stated>
    const options: SubjectOptions = {
      ...found,
      ...(node === undefined ? {} : { node }),
      ...(launch === undefined ? {} : { launch }),
      ...stated,
      ...(unit === undefined ? {} : { stated: unit }),
    }
    return subjectOf({ ...options, ...(await learnCustoms(options, seed)) }, seed)
  },
  async standIn(fault, variant) {
    const { standIn, variantNamed } = await import('./stand-in.ts')
    const { options, end } = await standIn({
      fault: fault as ServerFault | undefined,
      variant: variant === undefined ? undefined : variantNamed(variant),
    })
    return { subject: subjectOf(options, fault?.name ?? 'unbroken'), [Symbol.asyncDispose]: end }
  },
  async controls() {
    const [{ controlsNamed, mixes, serverControls }, { judgeControls }] = await Promise.all([
      import('./controls.ts'),
      import('./controls/judge.ts'),
    ])
    const alone = serverControls.map((control) => [control.name, [control]] as const)
    const together = Object.entries(mixes).map(([name, names]) => [name, controlsNamed(...names)] as const)
    return {
      stories: Object.fromEntries([...alone, ...together]),
      judge: (controls, only) => judgeControls(controlsNamed(...controls.map(({ name }) => name)), only),
    }
  },
  variants: async () => Object.keys((await import('../../../peers/mpp/payee/delivery.ts')).variants),
  variesWith: ({ caughtBy }) => caughtBy.some((check) => countingRooms.has(featureOfCheck(check))),
})
