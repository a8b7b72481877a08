/** A facilitator that was looked at, and the stage each scenario runs on. */

import { DecodeError } from '../../../../src/codec/decode-error.ts'
import { type Domain, usdc } from '../../../../src/contracts/transfer-authorization.ts'
import * as FacilitatorApi from '../../../../src/x402/wire/facilitator-api.ts'
import { versions as allVersions, type Version } from '../../../../src/x402/wire/fields.ts'
import { chainIdOf } from '../../../../src/x402/wire/network.ts'
import { send } from '../../../harness/http.ts'
import { Patience } from '../../../harness/patience.ts'
import type { World } from '../../../harness/world.ts'
import type { Subject as KitSubject } from '../../../kit/suite.ts'
import { Trace } from '../../../kit/trace.ts'
import { SetupError, TargetError } from '../../../kit/verdict.ts'
import { Caller, price, type Subject } from '../../../peers/x402/payer/caller.ts'
import type { Fixtures } from './fixtures.ts'

/** Enough for every payment of a scenario. */
const payments = 60n

/** A facilitator as this suite judges it. Payers derive from the seed and the scenario. */
export function subjectOf(subject: Subject, seed: string): KitSubject<Fixtures> {
  const { versions, token, chainId } = subject
  return {
    capabilities: new Set(),
    about: `chain ${chainId}`,
    learned: async () => [
      `settles ${versions.map((version) => `v${version}`).join(' and ')}`,
      ...subject.patience.said,
    ],
    async stage({ id }, recorder) {
      const caller = new Caller(subject, recorder, `${seed} ${id}`)
      await subject.fund(caller.account, token.address, price * payments)
      const before = await caller.earned()
      return {
        fixtures: { caller, versions },
        async audit() {
          const settled = (await caller.earned()) - before
          return { scenario: id, rules: [], figures: { settled: settled.toString() } }
        },
        end: async () => undefined,
      }
    },
  }
}

/** Looks at a facilitator. Throws `SetupError` when it is not there. */
export async function look(world: World): Promise<Subject> {
  const { environment, timeoutMs } = world
  const { chain, chainId, fund } = environment
  const patience = new Patience(timeoutMs)
  const url = world.url.replace(/\/+$/, '')
  const { asset: token = usdc } = world.statements as { asset?: Domain }
  try {
    const answer = await send(`${url}/supported`, {}, new Trace().recorder('look'), patience)
    const versions = versionsIn(await answer.text(), chainId)
    return { url, chain, chainId, token, fund, patience, versions }
  } catch (error) {
    if (error instanceof TargetError) throw new SetupError(`${url}: ${error.message}`)
    throw error
  }
}

/** The versions that are settled by `exact` on a chain; all where that cannot be read. */
function versionsIn(body: string, chainId: number): readonly Version[] {
  try {
    const { kinds } = FacilitatorApi.decodeSupported(body)
    const said = allVersions.filter((version) =>
      kinds.some(
        (kind) =>
          kind.x402Version === version &&
          kind.scheme === 'exact' &&
          (chainIdOf(kind.network) === chainId || kind.network === 'eip155:*'),
      ),
    )
    return said.length === 0 ? allVersions : said
  } catch (error) {
    if (error instanceof DecodeError) return allVersions
    throw error
  }
}
