/** Looks at a URL before judging it: is there a server, does it ask for payment, and on our chain? */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import type { Environment } from '../../../harness/environment.ts'
import { type Exchange, send } from '../../../harness/http.ts'
import { Trace } from '../../../kit/trace.ts'
import { SetupError, TargetError } from '../../../kit/verdict.ts'
import type { ResourceName } from '../offers.ts'
import { budget } from './payer.ts'
import { type Resource, type SubjectOptions, sessionChallenge } from './subject.ts'

/** The subject at a URL. Throws `SetupError` when it cannot be judged at all. */
export async function preflight(
  url: string,
  environment: Environment,
  timeoutMs: number,
  paths: Partial<Record<ResourceName, string>> = {},
): Promise<SubjectOptions> {
  const answer = await reach(url, timeoutMs)
  answer.abort()
  // What is there is judged, however wrongly it answers; of what is not there nothing can be said.
  if (answer.status === 404 || answer.status === 410)
    throw new SetupError(`${url} answers ${answer.status}: there is nothing to pay for`)
  const terms = termsOf(answer)
  const asked = terms?.methodDetails.chainId
  if (asked !== undefined && asked !== environment.chainId)
    throw new SetupError(
      `${url} wants to be paid on chain ${asked}, the node at ${environment.rpcUrl} is chain ${environment.chainId}`,
    )
  const { chain, chainId, fund } = environment
  if (terms !== undefined) await environment.canFund(terms.currency, budget(terms))
  const resources = new Map<ResourceName, Resource>()
  for (const [name, path] of Object.entries(paths)) {
    const at = new URL(path, url).href
    const looked = await reach(at, timeoutMs)
    looked.abort()
    resources.set(name as ResourceName, { url: at, terms: termsOf(looked) })
  }
  const document = new URL('/openapi.json', url).href
  if (!resources.has('discovery') && (await answersJson(document, timeoutMs)))
    resources.set('discovery', { url: document, terms: undefined })
  return { url, chain, chainId, terms, timeoutMs, fund, resources }
}

/** Whether a URL answers with a JSON object: the one resource that has its place, so nobody has to name it. */
async function answersJson(url: string, timeoutMs: number): Promise<boolean> {
  try {
    const answer = await reach(url, timeoutMs)
    if (answer.status !== 200) {
      answer.abort()
      return false
    }
    return Json.isObject(Json.decode(await answer.text()))
  } catch (error) {
    // Whatever else is there, it is no document: the server is judged without one.
    const none = [DecodeError, TargetError, SetupError].some((kind) => error instanceof kind)
    if (none) return false
    throw error
  }
}

async function reach(url: string, timeoutMs: number): Promise<Exchange> {
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) throw new SetupError(`${url} is not an http URL`)
  try {
    return await send(
      url,
      { headers: [['accept', 'text/event-stream']] },
      new Trace().recorder('preflight'),
      timeoutMs,
    )
  } catch (error) {
    if (error instanceof TargetError) throw new SetupError(`no server at ${url}: ${error.message}`)
    throw error
  }
}

/** The terms of a challenge; undefined when it is malformed, which the checks will say. */
function termsOf(answer: Exchange): SessionRequest.SessionRequest | undefined {
  const found = sessionChallenge(answer)
  if (found === undefined) return undefined
  try {
    return SessionRequest.decode(found.request)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
