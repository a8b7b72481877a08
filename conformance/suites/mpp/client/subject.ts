/** A client that is there: what it can do, and the stage each scenario runs on. */
import type { SessionProtocol } from '../../../../src/contracts/voucher.ts'
import { accountFromKey } from '../../../../src/keys/accounts.ts'
import { keccakText } from '../../../../src/keys/keccak.ts'
import type { Drive } from '../../../harness/drive.ts'
import { type Environment, ownChain } from '../../../harness/environment.ts'
import type { Stage } from '../../../kit/run.ts'
import type { Subject } from '../../../kit/suite.ts'
import type { Recorder } from '../../../kit/trace.ts'
import { Ledger } from '../../../peers/mpp/books/ledger.ts'
import { Shop } from '../../../peers/mpp/payee/shop/shop.ts'
import { audit } from './audit.ts'
import type { Fixtures, Opening } from './fixtures.ts'

export interface ClientOptions {
  drive: Drive
  /** Sends it as a process of its own. */
  command: Drive
  /** The chain to use; each shop has one of its own where this is absent. */
  environment?: Environment | undefined
  timeoutMs: number
  /** The protocol to sell by. */
  protocol: SessionProtocol
  /** The deposit to suggest, in tokens. */
  suggest: string
  capabilities: ReadonlySet<string>
}

/** A client as this suite judges it. Payers derive from the seed and the scenario. */
export function subjectOf(options: ClientOptions, seed: string): Subject<Fixtures> {
  return {
    capabilities: options.capabilities,
    about: `chain ${options.environment?.chainId ?? 42_431}${options.protocol === 'v1' ? ', v1 channels' : ''}`,
    learned: async () => [],
    stage: async ({ id }, recorder) => stageFor(options, `${seed} ${id}`, recorder),
  }
}

function stageFor(options: ClientOptions, seed: string, recorder: Recorder): Stage<Fixtures> {
  const { timeoutMs, protocol, suggest } = options
  const ledger = new Ledger(recorder)
  const shops: Shop[] = []
  const chains: Environment[] = []
  const twins = new Map<string, Promise<Shop>>()
  let loss = 0n
  let opened = 0
  const open = async ({ process = false, payerOf, ...asked }: Opening = {}): Promise<Shop> => {
    const usual = { suggestedDeposit: suggest, ...(protocol === 'v1' ? { sessionProtocol: protocol } : {}) }
    const setting = { ...asked, offer: { ...usual, ...asked.offer } }
    const number = opened++
    const environment = payerOf?.options.environment ?? options.environment ?? (await ownChain())
    if (environment !== options.environment && payerOf === undefined) chains.push(environment)
    const payer = payerOf?.options.payer ?? accountFromKey(keccakText(`client ${seed} ${number}`))
    const drive = process ? options.command : options.drive
    const shop = await Shop.open(setting, { environment, drive, recorder, ledger, payer, timeoutMs })
    shops.push(shop)
    return shop
  }
  const twin = (opening: Opening): Promise<Shop> => {
    const { payee: _, bare: __, greedy: ___, ...lawful } = opening
    const name = JSON.stringify(lawful)
    const visited = async () => {
      const shop = await open(lawful)
      await shop.visit()
      return shop
    }
    const found = twins.get(name) ?? visited()
    twins.set(name, found)
    return found
  }
  return {
    fixtures: {
      open,
      twin,
      protocol,
      can: (ability) => options.capabilities.has(ability),
      lost: (amount) => {
        loss = amount > loss ? amount : loss
      },
    },
    audit: () => audit(recorder, shops, loss),
    async end() {
      await Promise.all(shops.map((shop) => shop.close()))
      await Promise.all(chains.map((chain) => chain.close()))
    },
  }
}
