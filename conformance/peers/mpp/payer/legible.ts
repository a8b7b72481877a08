/**
 * Challenges and their terms as far as they can be read. A member of the wrong form is for the check about it to say:
 * whatever can be done without it is done, and an echo brings everything back as it came. Where nothing can be done,
 * `readTerms` says what is in the way and which check is about it.
 */
import * as AuthParams from '../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import type { Address } from '../../../../src/codec/hex.ts'
import * as Json from '../../../../src/codec/json.ts'
import { decodeWith } from '../../../../src/codec/schema.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import type { Exchange } from '../../../harness/http.ts'

export type Intent = 'session' | 'charge'

const known = [...Challenge.schema.keyof().options]

/** The text in base64: padded, in the other alphabet, or as it should be. Throws `DecodeError`. */
export const textIn = (encoded: string): string =>
  Utf8.decode(Base64url.decode(encoded.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')))

/** A tempo challenge of an intent with an id and a request: what is needed to answer it. Undefined when it is none. */
export function answerable(
  found: AuthParams.AuthScheme,
  intent: Intent = 'session',
): Challenge.Challenge | undefined {
  if (!names(found, intent)) return undefined
  const { params } = found
  if (!params.get('id') || !params.get('request')) return undefined
  const members = known.flatMap((name) => (params.has(name) ? [[name, params.get(name)]] : []))
  return Object.fromEntries(members) as Challenge.Challenge
}

/** Whether it is of method tempo and that intent; capitals are for the checks about them. */
const names = ({ params }: AuthParams.AuthScheme, intent: Intent): boolean =>
  params.get('method')?.toLowerCase() === 'tempo' && params.get('intent')?.toLowerCase() === intent

/** What is wrong with a value, by the name of the member. */
export const saidOf = ({ code, path, message }: DecodeError): string => {
  const name = path.join('.')
  if (name === '') return message
  return code === 'missing' ? `${name} is missing` : `${name}: ${message}`
}

/** The `request` of a challenge, however it is encoded. Throws `DecodeError`. */
export function requestOf({ request }: Pick<Challenge.Challenge, 'request'>): Json.JsonObject {
  const value = Json.decode(textIn(request))
  if (!Json.isObject(value)) throw new DecodeError('wrong-type', 'request is no JSON object')
  return value
}

/** The terms of a challenge without what cannot be read of them. Throws `DecodeError` where they do not say enough. */
export function termsIn(challenge: Pick<Challenge.Challenge, 'request'>): SessionRequest.SessionRequest {
  const request = structuredClone(requestOf(challenge))
  for (;;) {
    try {
      return decodeWith(SessionRequest.schema, request)
    } catch (error) {
      if (!(error instanceof DecodeError) || !mended(request, error.path)) throw error
    }
  }
}

/** Members without which nothing can be opened; every other may be left out. */
const needed = ['amount', 'currency', 'recipient', 'methodDetails', 'escrowContract']

/** Reads a member of the wrong form as what it surely means, or leaves it out. False when neither is possible. */
function mended(request: Json.JsonObject, [first, second]: readonly (string | number)[]): boolean {
  const details = request['methodDetails']
  const [holder, name] = first === 'methodDetails' ? [details, second] : [request, first]
  if (!Json.isObject(holder) || typeof name !== 'string' || !(name in holder)) return false
  const members = holder as Record<string, Json.JsonValue>
  const value = members[name]
  if (name === 'chainId' && typeof value === 'string' && /^([1-9][0-9]*|0x[0-9a-f]+)$/i.test(value))
    members[name] = Number(value)
  else if (name === 'feePayer' && (value === 'true' || value === 'false')) members[name] = value === 'true'
  else if (Number.isSafeInteger(value) && Number(value) >= 0 && amounts.includes(name))
    members[name] = String(value)
  else if (needed.includes(name)) return false
  else delete members[name]
  return true
}

const amounts = ['amount', 'suggestedDeposit', 'minVoucherDelta']

/** Where the kit can pay: of several challenges it answers one for this chain, and this token where it knows which. */
export interface Wallet {
  chainId: number
  currency?: Address | undefined
}

/**
 * The tempo challenge of an intent in a response that the wallet can pay, which may stand behind others; the first that
 * can be answered where it can pay none, and where the wallet does not matter. Undefined where there is none.
 */
export function findChallenge(
  answer: Exchange,
  intent: Intent,
  wallet?: Wallet,
): Challenge.Challenge | undefined {
  return payable(
    schemes(answer).payments.flatMap((found) => answerable(found, intent) ?? []),
    wallet,
  )
}

/** The one of several challenges that the wallet can pay; else the first. */
export function payable<C extends Pick<Challenge.Challenge, 'request' | 'expires'>>(
  challenges: readonly C[],
  wallet: Wallet | undefined,
): C | undefined {
  if (challenges.length < 2 || wallet === undefined) return challenges[0]
  return challenges.find((challenge) => pays(wallet, challenge)) ?? challenges[0]
}

function pays({ chainId, currency }: Wallet, challenge: Pick<Challenge.Challenge, 'request' | 'expires'>) {
  try {
    const request = requestOf(challenge)
    const details = request['methodDetails']
    const asked = Json.isObject(details) ? details['chainId'] : undefined
    if (asked !== undefined && Number(asked) !== chainId) return false
    if (currency !== undefined && currencyOf(challenge) !== currency) return false
    return !Challenge.isExpired(challenge as Challenge.Challenge, Date.now())
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

/** The tokens that the session challenges of a response ask for and the wallet's chain may have, each once. */
export function currenciesIn(answer: Exchange, wallet: Wallet): Address[] {
  const challenges = schemes(answer).payments.flatMap((found) => answerable(found) ?? [])
  const found = challenges.filter((challenge) => pays(wallet, challenge)).map(currencyOf)
  return [...new Set(found)].filter((currency) => /^0x[0-9a-f]{40}$/.test(currency)) as Address[]
}

const currencyOf = (challenge: Pick<Challenge.Challenge, 'request'>): string =>
  String(requestOf(challenge)['currency']).toLowerCase()

/** The Payment challenges of a response, and what is wrong with a field that does not parse. */
function schemes(answer: Exchange): { payments: AuthParams.AuthScheme[]; wrong: string | undefined } {
  let wrong: string | undefined
  const payments = answer.fields('www-authenticate').flatMap((field) => {
    try {
      return AuthParams.decode(field).filter(Challenge.isPayment)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      wrong = error.message
      return []
    }
  })
  return { payments, wrong }
}

/** The terms of the session challenge of a response. */
export type Terms = { terms: SessionRequest.SessionRequest } | { terms: undefined; illegible: string }

/** Reads them; `illegible` says why there are none, and which check is about that. */
export function readTerms(answer: Exchange, wallet?: Wallet): Terms {
  const illegible = (what: string, check: string) => ({
    terms: undefined,
    illegible: `${what} (see ${check})`,
  })
  const { payments, wrong } = schemes(answer)
  if (wrong !== undefined && payments.length === 0)
    return illegible(`WWW-Authenticate does not parse: ${wrong}`, 'challenge.well-formed')
  if (payments.length === 0)
    return illegible(`the resource answers ${answer.status} without a Payment challenge`, 'challenge.402')
  const sessions = payments.filter((found) => names(found, 'session'))
  if (sessions.length === 0) {
    const offered = payments.map(({ params }) => `${params.get('method')}/${params.get('intent')}`)
    return illegible(`the resource offers ${offered.join(', ')} and no tempo/session`, 'preferences.absent')
  }
  const challenge = payable(
    sessions.flatMap((found) => answerable(found) ?? []),
    wallet,
  )
  if (challenge === undefined) {
    const lacks = sessions[0]?.params.get('id') ? 'request' : 'id'
    return illegible(`the challenge has no ${lacks}`, `challenge.${lacks}`)
  }
  try {
    return { terms: termsIn(challenge) }
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return illegible(`the terms cannot be read: ${saidOf(error)}`, checkAbout(error))
  }
}

/** The check that is about what is wrong with the terms. */
function checkAbout({ code, path }: DecodeError): string {
  if (path.length === 0) return 'challenge.request'
  if (code === 'missing') return 'challenge.request-fields'
  return path[0] === 'amount' ? 'challenge.amounts' : 'challenge.members'
}
