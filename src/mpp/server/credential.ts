/** From an HTTP request to a verified session credential, in the order of the core draft's "Server Behavior". */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Challenge from '../wire/challenge.ts'
import * as Credential from '../wire/credential.ts'
import * as Payload from '../wire/payload.ts'
import { type Refusal, refuse } from '../wire/problem.ts'
import * as SessionRequest from '../wire/session-request.ts'
import type { Payee } from './payee.ts'
import { check } from './rules/rule.ts'

/** A credential whose challenge was issued here for these terms, and whose payload is well formed. */
export interface Verified {
  challenge: Challenge.Challenge
  payload: Payload.Payload
}

/** The fields a credential may come in. */
const fields = ['Authorization', Challenge.alternateField] as const

/** A credential that decodes, and the field it came in. */
export interface Found {
  field: string
  credential: Credential.Credential
}

/** The request's credential, undefined when there is none, or why what there is cannot be one. */
export function findCredential(request: Request): Found | Refusal | undefined {
  const found: { field: string; token: string }[] = []
  for (const field of fields) {
    const value = request.headers.get(field)
    if (value === null) continue
    try {
      found.push(...Credential.extract(value).map((token) => ({ field, token })))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      // What is no HTTP authentication syntax is a broken Payment credential only if it says Payment.
      if (/^\s*payment\b/i.test(value)) return refuse('malformed-credential', error.message)
    }
  }
  const [only, ...more] = found
  if (only === undefined) return undefined
  if (more.length > 0) return refuse('bad-request', 'a request carries one Payment credential')
  const credential = decoded('malformed-credential', () => Credential.fromToken(only.token))
  return 'problem' in credential ? credential : { field: only.field, credential }
}

/** A session credential, or why it is refused. */
export function readCredential(
  { field, credential }: Found,
  body: Uint8Array,
  terms: SessionRequest.SessionRequest,
  payee: Payee,
): Verified | Refusal {
  const { challenge } = credential
  const refusal = check(payee.rules.challenge, {
    echo: challenge,
    field,
    asked: askedTerms(challenge),
    offered: terms,
    realm: payee.realm,
    secret: payee.secrets,
    body,
    now: payee.clock(),
  })
  if (refusal !== undefined) return refusal
  const payload = decoded('invalid-payload', () => Payload.fromJson(credential.payload))
  return 'problem' in payload ? payload : { challenge, payload }
}

function decoded<T extends object>(problem: Refusal['problem'], decode: () => T): T | Refusal {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const where = error.path.length === 0 ? '' : `${error.path.join('.')}: `
    return refuse(problem, `${where}${error.message}`)
  }
}

/** The terms an echo was issued for; undefined when its request is not a session request. */
function askedTerms(challenge: Challenge.Challenge): SessionRequest.SessionRequest | undefined {
  try {
    return SessionRequest.decode(challenge.request)
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
