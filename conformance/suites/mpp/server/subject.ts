/** A server that was looked at: what it can do, what is learnt of it, and the stage each scenario runs on. */
import * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import type { Instance } from '../../../harness/process.ts'
import { plan, type Stage } from '../../../kit/run.ts'
import type { AnyScenario } from '../../../kit/scenario.ts'
import type { Subject as KitSubject } from '../../../kit/suite.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Blocked, HarnessError } from '../../../kit/verdict.ts'
import type { Ledger } from '../../../peers/mpp/books/ledger.ts'
import type { Capability } from '../../../peers/mpp/offers.ts'
import { said } from '../../../peers/mpp/payer/customs.ts'
import { budget, Payer } from '../../../peers/mpp/payer/payer.ts'
import { Subject, type SubjectOptions } from '../../../peers/mpp/payer/subject.ts'
import { describe, oneEach } from '../../../peers/mpp/payer/units/unit-map.ts'
import { countsUnits, UnitMaps } from '../../../peers/mpp/payer/units/unit-maps.ts'
import { audit } from './audit.ts'
import type { Fixtures } from './fixtures.ts'
import { serverScenarios } from './scenarios.ts'

/** A server as this suite judges it. Payers derive from the seed and the scenario. */
export function subjectOf(options: SubjectOptions, seed: string): KitSubject<Fixtures> & { units: UnitMaps } {
  const units = options.units ?? new UnitMaps(options, seed, options.stated)
  return {
    capabilities: capabilitiesOf(options),
    about: `chain ${options.chainId}`,
    units,
    async learned(only) {
      const counts = plan({ scenarios: serverScenarios }, only).some(({ scenario }) =>
        countsUnits(needsOf(scenario)),
      )
      if (counts) await units.learn(['stream'])
      const told = counts && units.said !== describe(oneEach) ? [`units: ${units.said}`] : []
      return [...said(options), ...told, ...options.patience.said]
    },
    async stage(scenario, recorder) {
      const counts = countsUnits(needsOf(scenario))
      if (counts) {
        await units.learn(needsOf(scenario))
        longEnough(scenario, units.at(options.url).longest)
      }
      // Who counts no units pays by the price alone: what others learn meanwhile must not change its amounts.
      return stageFor({ ...options, units: counts ? units : undefined }, seed, scenario, recorder)
    },
  }
}

/** Units of the main stream that most scenarios need. */
const usualUnits = 5

/** A stream that ends before the scenario does shows nothing. Throws `Blocked`. */
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
      const { currency, methodDetails } = on.terms
      const amount = budget(on.terms, options.deposit)
      await options.fund(payer.account, currency, amount, methodDetails.escrowContract)
      payer.funded(await options.chain.balance(currency, payer.address))
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
        return recordingKills(instance, subject.ledger)
      },
    },
    audit: () => audit(recorder, payers),
    async end() {
      await Promise.all(instances.map((instance) => instance.stop()))
    },
  }
}

/** An instance that writes down when it is killed: what was under way then may have been charged and lost. */
function recordingKills(instance: Instance, ledger: Ledger): Instance {
  const killed = () => ledger.record({ is: 'killed', server: new URL(instance.url).origin })
  return {
    ...instance,
    kill() {
      killed()
      return instance.kill()
    },
    restart() {
      killed()
      return instance.restart()
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
