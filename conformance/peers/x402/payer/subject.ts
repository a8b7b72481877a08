/** A server that is judged, as its payers see it: where it is, what it sells, and what stands around it. */
import type { ChainClient } from '../../../../src/chain/client.ts'
import type { Address } from '../../../../src/codec/hex.ts'
import type { KeyAccount } from '../../../../src/keys/accounts.ts'
import { versions as allVersions, type Version } from '../../../../src/x402/wire/fields.ts'
import * as Network from '../../../../src/x402/wire/network.ts'
import * as PaymentIdentifier from '../../../../src/x402/wire/payment-identifier.ts'
import type { Requirements } from '../../../../src/x402/wire/requirements.ts'
import { send } from '../../../harness/http.ts'
import { Patience } from '../../../harness/patience.ts'
import type { Start, World } from '../../../harness/world.ts'
import { type Recorder, Trace } from '../../../kit/trace.ts'
import { SetupError, TargetError } from '../../../kit/verdict.ts'
import { type Peers, peersOf } from '../peers.ts'
import { type Asked, asked, exactIn } from './asked.ts'

export interface Subject {
  url: string
  /** Other paid resources, by name. */
  resources: ReadonlyMap<string, string>
  chain: ChainClient
  chainId: number
  /** Pays an account in a token. */
  fund(account: KeyAccount, token: Address, amount: bigint): Promise<void>
  /** How long it is waited for. */
  patience: Patience
  /** What it asks, in the versions that can be paid. */
  terms: ReadonlyMap<Version, Requirements>
  /** Whether it takes payment identifiers. */
  identifies: boolean
  /** The kit's own facilitator and model, where the server uses them. */
  peers: Peers | undefined
  /** Starts another of it, where the kit can. */
  launch: Start | undefined
  /** The model that is asked for. */
  model: string
}

/** The body of a request: a conversation whose only message names it. */
export const chatOf = (conversation: string, model: string, stream = true): string =>
  JSON.stringify({ model, messages: [{ role: 'user', content: conversation }], stream })

const json: readonly [string, string] = ['content-type', 'application/json']

/** Asks for content without paying. */
export async function ask(
  { url, patience, model }: Pick<Subject, 'url' | 'patience' | 'model'>,
  conversation: string,
  recorder: Recorder,
): Promise<Asked> {
  const accept = ['accept', 'text/event-stream'] as const
  const body = chatOf(conversation, model)
  return asked(
    await send(url, { method: 'POST', headers: [json, accept], body, act: 'ask' }, recorder, patience),
  )
}

/** Looks at a server. Throws `SetupError` when it is not there, or is paid on another chain. */
export async function look(world: World, model = 'words-1'): Promise<Subject> {
  const { url, environment, timeoutMs } = world
  const { chain, chainId } = environment
  const patience = new Patience(timeoutMs)
  const recorder = new Trace().recorder('look')
  const answer = await ask({ url, patience, model }, 'hello', recorder).catch((error: unknown) => {
    if (error instanceof TargetError) throw new SetupError(`${url}: ${error.message}`)
    throw error
  })
  const terms = new Map<Version, Requirements>()
  for (const version of allVersions) {
    const found = exactIn(answer.said[version], chainId, Network.chainIdOf)
    if (found !== undefined) terms.set(version, found)
  }
  const elsewhere = networksOf(answer).filter((network) => Network.chainIdOf(network) !== chainId)
  if (terms.size === 0 && elsewhere.length > 0)
    throw new SetupError(
      `${url} is paid on ${elsewhere.join(', ')}; the chain of this run is eip155:${chainId}`,
    )
  const second = answer.said[2]
  return {
    url,
    resources: new Map(
      Object.entries(world.resources).map(([name, path]) => [name, new URL(path, url).href]),
    ),
    chain,
    chainId,
    fund: environment.fund,
    patience,
    terms,
    identifies:
      second !== undefined && 'extensions' in second && PaymentIdentifier.isAdvertised(second.extensions),
    peers: await peersOf(environment),
    launch: world.launch,
    model,
  }
}

const networksOf = ({ said }: Asked): string[] =>
  Object.values(said).flatMap((each) =>
    each !== undefined && 'accepts' in each ? each.accepts.map(({ network }) => network) : [],
  )
