/** The server suite of the mpp profile: its scenarios, and the stage each of them runs on. */

import * as SessionRequest from '../../../src/mpp/session-request.ts'
import type { Capability } from '../../runner/capability.ts'
import type { Node } from '../../runner/node.ts'
import type { Instance } from '../../runner/process.ts'
import { featureOf, plan, type Stage, type Suite } from '../../runner/run.ts'
import type { AnyScenario } from '../../runner/scenario.ts'
import type { Recorder } from '../../runner/trace.ts'
import { Blocked, HarnessError } from '../../runner/verdict.ts'
import { advisory } from './against-server/channel/advisory.ts'
import { amount } from './against-server/channel/amount.ts'
import { bootstrap } from './against-server/channel/bootstrap.ts'
import { claim } from './against-server/channel/claim.ts'
import { close } from './against-server/channel/close.ts'
import { closing } from './against-server/channel/closing.ts'
import { delta } from './against-server/channel/delta.ts'
import { descriptor } from './against-server/channel/descriptor.ts'
import { expired } from './against-server/channel/expired.ts'
import { funding } from './against-server/channel/funding.ts'
import { nodeLies } from './against-server/channel/node-lies.ts'
import { open } from './against-server/channel/open.ts'
import { otherStore } from './against-server/channel/other-store.ts'
import { pendingClose } from './against-server/channel/pending-close.ts'
import { protocol } from './against-server/channel/protocol.ts'
import { reorg } from './against-server/channel/reorg.ts'
import { replay } from './against-server/channel/replay.ts'
import { settlement } from './against-server/channel/settlement.ts'
import { signer } from './against-server/channel/signer.ts'
import { sponsor } from './against-server/channel/sponsor.ts'
import { sponsored } from './against-server/channel/sponsored.ts'
import { topUp } from './against-server/channel/top-up.ts'
import { v1 } from './against-server/channel/v1.ts'
import { voucher } from './against-server/channel/voucher.ts'
import { barred } from './against-server/charge/barred.ts'
import { charge } from './against-server/charge/charge.ts'
import { chargeRestart } from './against-server/charge/charge-restart.ts'
import { fleeting } from './against-server/charge/fleeting.ts'
import { lostAnswer } from './against-server/charge/lost-answer.ts'
import { mcp } from './against-server/charge/mcp.ts'
import { mcpExpiry } from './against-server/charge/mcp-expiry.ts'
import { proof } from './against-server/charge/proof.ts'
import { push } from './against-server/charge/push.ts'
import { binding } from './against-server/payment/binding.ts'
import { challenge } from './against-server/payment/challenge.ts'
import { credential } from './against-server/payment/credential.ts'
import { discovery } from './against-server/payment/discovery.ts'
import { expiry } from './against-server/payment/expiry.ts'
import { failure } from './against-server/payment/failure.ts'
import { hygiene } from './against-server/payment/hygiene.ts'
import { loginScenario } from './against-server/payment/login.ts'
import { opaque } from './against-server/payment/opaque.ts'
import { policy } from './against-server/payment/policy.ts'
import { preferences } from './against-server/payment/preferences.ts'
import { receipt } from './against-server/payment/receipt.ts'
import { refusal } from './against-server/payment/refusal.ts'
import { route } from './against-server/payment/route.ts'
import { status } from './against-server/payment/status.ts'
import { accounting } from './against-server/stream/accounting.ts'
import { brief } from './against-server/stream/brief.ts'
import { concurrency } from './against-server/stream/concurrency.ts'
import { crash } from './against-server/stream/crash.ts'
import { hostile } from './against-server/stream/hostile.ts'
import { idempotency } from './against-server/stream/idempotency.ts'
import { keyRestart } from './against-server/stream/key-restart.ts'
import { long, slow } from './against-server/stream/pace.ts'
import { rate } from './against-server/stream/rate.ts'
import { stream } from './against-server/stream/stream.ts'
import { streaming } from './against-server/stream/streaming.ts'
import { audit } from './audit.ts'
import { noServerErrors } from './judge.ts'
import { budget, Payer } from './payer.ts'
import { Subject, type SubjectOptions } from './subject.ts'
import { describe, oneEach } from './units/unit-map.ts'
import { countsUnits, UnitMaps } from './units/unit-maps.ts'

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
