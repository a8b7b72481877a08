/** The server suite of the mpp profile: its scenarios, and the stage each of them runs on. */

import * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import type { Node } from '../../../harness/node.ts'
import type { Instance } from '../../../harness/process.ts'
import type { Capability } from '../../../kit/capability.ts'
import { featureOf, plan, type Stage, type Suite } from '../../../kit/run.ts'
import type { AnyScenario } from '../../../kit/scenario.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Blocked, HarnessError } from '../../../kit/verdict.ts'
import { budget, Payer } from '../../../peers/mpp/payer/payer.ts'
import { Subject, type SubjectOptions } from '../../../peers/mpp/payer/subject.ts'
import { describe, oneEach } from '../../../peers/mpp/payer/units/unit-map.ts'
import { countsUnits, UnitMaps } from '../../../peers/mpp/payer/units/unit-maps.ts'
import { audit } from './audit.ts'
import { advisory } from './channel/advisory.ts'
import { amount } from './channel/amount.ts'
import { bootstrap } from './channel/bootstrap.ts'
import { claim } from './channel/claim.ts'
import { close } from './channel/close.ts'
import { closing } from './channel/closing.ts'
import { delta } from './channel/delta.ts'
import { descriptor } from './channel/descriptor.ts'
import { expired } from './channel/expired.ts'
import { funding } from './channel/funding.ts'
import { nodeLies } from './channel/node-lies.ts'
import { open } from './channel/open.ts'
import { otherStore } from './channel/other-store.ts'
import { pendingClose } from './channel/pending-close.ts'
import { protocol } from './channel/protocol.ts'
import { reorg } from './channel/reorg.ts'
import { replay } from './channel/replay.ts'
import { settlement } from './channel/settlement.ts'
import { signer } from './channel/signer.ts'
import { sponsor } from './channel/sponsor.ts'
import { sponsored } from './channel/sponsored.ts'
import { topUp } from './channel/top-up.ts'
import { v1 } from './channel/v1.ts'
import { voucher } from './channel/voucher.ts'
import { barred } from './charge/barred.ts'
import { charge } from './charge/charge.ts'
import { chargeRestart } from './charge/charge-restart.ts'
import { fleeting } from './charge/fleeting.ts'
import { lostAnswer } from './charge/lost-answer.ts'
import { mcp } from './charge/mcp.ts'
import { mcpExpiry } from './charge/mcp-expiry.ts'
import { proof } from './charge/proof.ts'
import { push } from './charge/push.ts'
import { noServerErrors } from './judge.ts'
import { binding } from './payment/binding.ts'
import { challenge } from './payment/challenge.ts'
import { credential } from './payment/credential.ts'
import { discovery } from './payment/discovery.ts'
import { expiry } from './payment/expiry.ts'
import { failure } from './payment/failure.ts'
import { hygiene } from './payment/hygiene.ts'
import { loginScenario } from './payment/login.ts'
import { opaque } from './payment/opaque.ts'
import { policy } from './payment/policy.ts'
import { preferences } from './payment/preferences.ts'
import { receipt } from './payment/receipt.ts'
import { refusal } from './payment/refusal.ts'
import { route } from './payment/route.ts'
import { status } from './payment/status.ts'
import { accounting } from './stream/accounting.ts'
import { brief } from './stream/brief.ts'
import { concurrency } from './stream/concurrency.ts'
import { crash } from './stream/crash.ts'
import { hostile } from './stream/hostile.ts'
import { idempotency } from './stream/idempotency.ts'
import { keyRestart } from './stream/key-restart.ts'
import { long, slow } from './stream/pace.ts'
import { rate } from './stream/rate.ts'
import { stream } from './stream/stream.ts'
import { streaming } from './stream/streaming.ts'

/** What a scenario of this suite works with. */
export interface Fixtures {
  subject: Subject
  payer: Payer
  /** `count` units' price, in base units. */
  units(count: number): bigint
  /** Another payer with money of its own; for another resource, if one is named. */
  anotherPayer(on?: Subject): Promise<Payer>
  /** The kit's node between server and chain; the scenario needs `node`. */
  node: Node
  /** Starts another instance of the server, which ends with the scenario; the scenario needs `start`. */
  launch(env?: Readonly<Record<string, string>>): Promise<Instance>
}

export const serverScenarios: readonly AnyScenario<Fixtures>[] = [
  challenge,
  credential,
  binding,
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
  open,
  stream,
  voucher,
  topUp,
  close,
  replay,
  charge,
  barred,
  push,
  fleeting,
  proof,
  discovery,
  mcp,
  mcpExpiry,
  chargeRestart,
  lostAnswer,
  streaming,
  accounting,
  concurrency,
  descriptor,
  signer,
  amount,
  advisory,
  nodeLies,
  settlement,
  sponsored,
  sponsor,
  delta,
  closing,
  funding,
  pendingClose,
  protocol,
  v1,
  bootstrap,
  idempotency,
  keyRestart,
  rate,
  hostile,
  slow,
  long,
  brief,
  crash,
  claim,
  otherStore,
  reorg,
  expired,
].map(watched)

/**
 * Adds the check that every scenario makes: the server never answers 5xx, also when the story ends early. Where the
 * kit makes the server's own node fail, or asks for what its application cannot deliver, 5xx is an honest answer.
 */
function watched(scenario: AnyScenario<Fixtures>): AnyScenario<Fixtures> {
  if (scenario.needs?.some((need) => need === 'node' || need === 'failing')) return scenario
  const check = `${featureOf(scenario.id)}.no-5xx`
  return {
    ...scenario,
    checks: { ...scenario.checks, [check]: 'CORE-PROB-010' },
    whole: [check],
    async run(t, fixtures) {
      try {
        await scenario.run(t, fixtures)
      } finally {
        await noServerErrors(t, check)
      }
    },
  }
}

/** The server suite for one subject, and what it learns of its streams. */
export interface ServerSuite extends Suite<Fixtures> {
  units: UnitMaps
  /** What was learnt of the server for the scenarios that a glob picks, a sentence each. */
  learned(only?: string): Promise<string[]>
}

/** Builds the suite for one subject. Payers derive from the seed and the scenario. */
export function serverSuite(subject: SubjectOptions, seed: string): ServerSuite {
  const units = subject.units ?? new UnitMaps(subject, seed, subject.stated)
  return {
    profile: 'mpp',
    role: 'server',
    scenarios: serverScenarios,
    units,
    async learned(only) {
      const counts = plan({ scenarios: serverScenarios }, only).some(({ scenario }) =>
        countsUnits(needsOf(scenario)),
      )
      if (counts) await units.learn(['stream'])
      return counts && units.said !== describe(oneEach) ? [`units: ${units.said}`] : []
    },
    async stage(scenario, recorder) {
      const counts = countsUnits(needsOf(scenario))
      if (counts) {
        await units.learn(needsOf(scenario))
        longEnough(scenario, units.at(subject.url).longest)
      }
      // Who counts no units pays by the price alone: what others learn meanwhile must not change its amounts.
      return stageFor({ ...subject, units: counts ? units : undefined }, seed, scenario, recorder)
    },
  }
}

/** Units of the main stream that nearly every story counts. */
const usualUnits = 5

/** A stream that is over before its story is shows nothing. Throws `Blocked`. */
function longEnough({ needs, units = usualUnits }: AnyScenario<Fixtures>, longest = Infinity): void {
  if (needs?.includes('stream') && longest < units)
    throw new Blocked(`the stream has ${longest} units; this takes ${units} at least`)
}

const needsOf = ({ needs = [], uses = [] }: AnyScenario<Fixtures>) => [...needs, ...uses]

async function stageFor(
  options: SubjectOptions,
  seed: string,
  scenario: AnyScenario<Fixtures>,
  recorder: Recorder,
): Promise<Stage<Fixtures>> {
  const subject = new Subject(options, recorder)
  const payers: Payer[] = []
  const instances: Instance[] = []
  const anotherPayer = async (on = subject) => {
    const payer = new Payer(on, `${seed} ${scenario.id} ${payers.length}`)
    if (options.terms !== undefined) {
      const { currency } = on.terms
      await options.fund(payer.address, currency, budget(on.terms, options.deposit))
      payer.funds = await options.chain.balance(currency, payer.address)
      payers.push(payer)
    }
    return payer
  }
  const payer = await anotherPayer()
  return {
    fixtures: {
      subject,
      payer,
      units: subject.units,
      anotherPayer,
      get node() {
        return needed(options.node, 'node')
      },
      async launch(env) {
        const instance = await needed(options.launch, 'start')(env)
        instances.push(instance)
        return instance
      },
    },
    audit: () => audit(scenario.id, payers),
    async end() {
      await Promise.all(instances.map((instance) => instance.stop()))
    },
  }
}

/** What a scenario may only use when it says so in `needs`. */
function needed<T>(value: T | undefined, capability: Capability): T {
  if (value === undefined) throw new HarnessError(`the scenario does not say that it needs ${capability}`)
  return value
}

/** What a subject can do: its resources, and the kit's powers over it. */
export function capabilitiesOf({ resources, node, launch, terms }: SubjectOptions): ReadonlySet<Capability> {
  const out = new Set<Capability>(['stream', ...resources.keys()])
  // What cannot be read is judged as today's protocol: the checks of challenges will say.
  if (terms === undefined || SessionRequest.protocol(terms) === 'v2') out.add('v2')
  if (node !== undefined) out.add('node')
  if (launch !== undefined) out.add('start')
  return out
}
