/** Looks at a URL before judging it: is there a server, does it ask for payment, and on our chain? */
import type { ChainClient } from '../../../../src/chain/client.ts'
import { RpcError } from '../../../../src/chain/rpc.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import { type Address, zeroAddress } from '../../../../src/codec/hex.ts'
import * as Json from '../../../../src/codec/json.ts'
import type { Environment } from '../../../harness/environment.ts'
import { type Exchange, send } from '../../../harness/http.ts'
import { Patience } from '../../../harness/patience.ts'
import { Trace } from '../../../kit/trace.ts'
import { isUnanswered, SetupError, TargetError } from '../../../kit/verdict.ts'
import type { ResourceName } from '../offers.ts'
import { currenciesIn, readTerms, type Terms, type Wallet } from './legible.ts'
import { budget } from './payer.ts'
import { eventStream, type Resource, type SubjectOptions } from './subject.ts'

/** The subject at a URL. Throws `SetupError` when it cannot be judged at all. */
export async function preflight(
  url: string,
  environment: Environment,
  timeoutMs: number,
  paths: Partial<Record<ResourceName, string>> = {},
): Promise<SubjectOptions> {
  const patience = new Patience(timeoutMs)
  const answer = await reach(url, patience)
  answer.abort()
  // What answers is judged, however wrongly: what can be read of it says what it wants.
  const wallet = await walletFor(answer, environment)
  const read = readTerms(answer, wallet)
  const { terms } = read
  const asked = terms?.methodDetails.chainId
  if (asked !== undefined && asked !== environment.chainId)
    throw new SetupError(
      `${url} wants to be paid on chain ${asked}, the node at ${environment.rpcUrl} is chain ${environment.chainId}`,
    )
  const { chain, chainId, fund } = environment
  if (terms !== undefined) await environment.canFund(terms.currency, budget(terms))
  const looked = Object.entries(paths).map(async ([name, path]): Promise<[ResourceName, Resource]> => {
    const at = new URL(path, url).href
    return [name as ResourceName, { url: at, ...(await lookAt(at, patience, wallet)) }]
  })
  const resources = new Map(await Promise.all(looked))
  const document = new URL('/openapi.json', url).href
  if (!resources.has('discovery') && (await answersJson(document, patience)))
    resources.set('discovery', { url: document, terms: undefined })
  return { url, chain, chainId, ...read, unpaid: answer.status, patience, fund, resources }
}

/** What the kit can pay: where the resource takes several tokens, the first one that there is on its chain. */
async function walletFor(answer: Exchange, { chain, chainId }: Environment): Promise<Wallet> {
  const currencies = currenciesIn(answer, { chainId })
  if (currencies.length < 2) return { chainId }
  for (const currency of currencies) if (await isToken(chain, currency)) return { chainId, currency }
  return { chainId }
}

async function isToken(chain: ChainClient, currency: Address): Promise<boolean> {
  try {
    await chain.balance(currency, zeroAddress)
    return true
  } catch (error) {
    if (error instanceof RpcError) return false
    throw error
  }
}

/** The terms of a resource; one that does not answer has none, which its checks will say. */
async function lookAt(url: string, patience: Patience, wallet: Wallet): Promise<Terms> {
  try {
    const answer = await request(url, patience)
    answer.abort()
    return readTerms(answer, wallet)
  } catch (error) {
    if (isUnanswered(error)) return { terms: undefined, illegible: `${url}: ${error.message}` }
    throw error
  }
}

/** Whether a URL answers with a JSON object: this resource has a fixed path, so it need not be named. */
async function answersJson(url: string, patience: Patience): Promise<boolean> {
  try {
    const answer = await request(url, patience)
    if (answer.status !== 200) {
      answer.abort()
      return false
    }
    return Json.isObject(Json.decode(await answer.text()))
  } catch (error) {
    // Whatever else is there, it is no document: the server is judged without one.
    if (error instanceof DecodeError || isUnanswered(error)) return false
    throw error
  }
}

async function reach(url: string, patience: Patience): Promise<Exchange> {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw new SetupError(`${url} is not an http URL`)
  try {
    return await request(url, patience)
  } catch (error) {
    if (error instanceof TargetError) throw new SetupError(`no server at ${url}: ${error.message}`)
    throw error
  }
}

/** Asks for a stream without paying for it. */
const request = (url: string, patience: Patience): Promise<Exchange> =>
  send(url, { headers: [['accept', eventStream]] }, new Trace().recorder('preflight'), patience)
