/** A server that was looked at: what it can do, and the stage each scenario runs on. */
import * as Hex from '../../../../src/codec/hex.ts'
import type { Instance } from '../../../harness/process.ts'
import type { Audit, Stage } from '../../../kit/run.ts'
import type { Subject as KitSubject } from '../../../kit/suite.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Blocked, HarnessError } from '../../../kit/verdict.ts'
import { figures, judge } from '../../../peers/x402/books/books.ts'
import { Payer } from '../../../peers/x402/payer/payer.ts'
import type { Subject } from '../../../peers/x402/payer/subject.ts'
import { auditRules, type RuleId } from './audit.ts'
import type { Fixtures } from './fixtures.ts'

/** Enough for every payment of a scenario. */
const payments = 60n

/** A server as this suite judges it. Payers derive from the seed and the scenario. */
export function subjectOf(subject: Subject, seed: string): KitSubject<Fixtures> {
  const versions = [...subject.terms.keys()]
  return {
    capabilities: capabilitiesOf(subject),
    about: `chain ${subject.chainId}`,
    async learned() {
      const asks = versions.map((version) => `v${version}`).join(' and ')
      const told = versions.length === 0 ? 'nothing that can be paid is asked' : `asks to be paid by ${asks}`
      return [told, ...subject.patience.said]
    },
    async stage(scenario, recorder) {
      const payer = new Payer(subject, recorder, `${seed} ${scenario.id}`)
      for (const { asset, amount } of subject.terms.values())
        await subject.fund(payer.account, Hex.address(asset), amount * payments)
      return stageOf(subject, payer, recorder)
    },
  }
}

function stageOf(subject: Subject, payer: Payer, recorder: Recorder): Stage<Fixtures> {
  const launched: Instance[] = []
  return {
    fixtures: {
      subject,
      payer,
      get versions() {
        const versions = [...subject.terms.keys()]
        if (versions.length === 0) throw new Blocked('the server asks for nothing that can be paid')
        return versions
      },
      get upstream() {
        return needed(subject.peers?.upstream, 'upstream')
      },
      get facilitator() {
        return needed(subject.peers?.facilitator, 'facilitator')
      },
      async launch() {
        const instance = await needed(subject.launch, 'start')()
        launched.push(instance)
        return instance
      },
    },
    audit: () => audit(payer, recorder),
    async end() {
      await Promise.all(launched.map((instance) => instance.stop()))
    },
  }
}

async function audit(payer: Payer, { scenario }: Recorder): Promise<Audit> {
  await payer.lookUp()
  const rules = judge(payer.books, Object.keys(auditRules) as RuleId[])
  return { scenario, rules, figures: figures(payer.books) }
}

/** What a scenario may only use when it says so in `needs`. */
function needed<T>(value: T | undefined, capability: string): T {
  if (value === undefined) throw new HarnessError(`the scenario does not say that it needs ${capability}`)
  return value
}

function capabilitiesOf({ resources, peers, identifies, launch }: Subject): ReadonlySet<string> {
  const out = new Set(resources.keys())
  if (identifies) out.add('identifier')
  if (peers !== undefined) out.add('upstream').add('facilitator')
  if (launch !== undefined) out.add('start')
  return out
}
