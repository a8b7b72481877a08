/** A client that is there: what it can do, and the stage each scenario runs on. */
import { usdc } from '../../../../src/contracts/transfer-authorization.ts'
import { accountFromKey, devAccounts, type KeyAccount } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import { fastestCurve } from '../../../../src/keys/native-curve.ts'
import { facilitator } from '../../../../src/x402/facilitator/facilitator.ts'
import type { Version } from '../../../../src/x402/wire/fields.ts'
import type { Drive } from '../../../harness/drive.ts'
import type { Environment } from '../../../harness/environment.ts'
import type { Stage } from '../../../kit/run.ts'
import type { Subject } from '../../../kit/suite.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { type Books, figures, judge, step } from '../../../peers/x402/books/books.ts'
import { price, Shop, type ShopOptions } from '../../../peers/x402/payee/shop/shop.ts'
import { auditRules, type RuleId } from './audit.ts'
import type { Fixtures } from './fixtures.ts'
import type { Ability } from './offers.ts'

export interface ClientOptions {
  drive: Drive
  environment: Environment
  timeoutMs: number
  can: readonly Ability[]
}

/** Enough for every payment of a scenario. */
const payments = 60n

/** A client as this suite judges it. Payers derive from the seed and the scenario. */
export function subjectOf(options: ClientOptions, seed: string): Subject<Fixtures> {
  const { environment, can } = options
  const named = ([1, 2] as const).filter((version) => can.includes(`v${version}`))
  const versions: readonly Version[] = named.length === 0 ? [2] : named
  return {
    capabilities: new Set<string>(can),
    about: `chain ${environment.chainId}`,
    learned: async () => [`pays by ${versions.map((version) => `v${version}`).join(' and ')}`],
    stage: ({ id }, recorder) => stageFor(options, `${seed} ${id}`, versions, recorder),
  }
}

async function stageFor(
  { drive, environment, timeoutMs, can }: ClientOptions,
  seed: string,
  versions: readonly Version[],
  recorder: Recorder,
): Promise<Stage<Fixtures>> {
  const { chain } = environment
  const payer = accountFromKey(keccakText(`x402 client ${seed}`))
  await environment.fund(payer, usdc.address, price * payments)
  let books: Books = new Map()
  const shops: Shop[] = []
  const options: ShopOptions = {
    environment,
    facilitator: facilitator({ account: devAccounts[2] as KeyAccount, chain, recoverKey: fastestCurve }),
    drive,
    recorder,
    record(fact) {
      recorder.add({ kind: 'fact', fact })
      books = step(books, fact)
    },
    payer,
    timeoutMs,
  }
  return {
    fixtures: {
      async open(setting) {
        const shop = await Shop.open(setting, options)
        shops.push(shop)
        return shop
      },
      versions,
      picky: can.includes('payees'),
      chats: can.includes('chat'),
    },
    audit: async () => ({
      scenario: recorder.scenario,
      rules: judge(books, Object.keys(auditRules) as RuleId[]),
      figures: figures(books),
    }),
    async end() {
      await Promise.all(shops.map((shop) => shop.close()))
    },
  }
}
