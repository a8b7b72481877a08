/**
 * The recommended stateless binding: a challenge id is an HMAC over the parameters it was issued with
 * (core draft-01 as amended by PR 362, "Challenge Binding").
 *
 * Seven slots, joined by `|` and empty when absent: realm, method, intent, request, expires, digest, opaque.
 * With `header` one more slot stands before opaque; without it the id equals that of draft-00.
 */
import * as Base64url from '../../codec/base64url.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import * as Digest from '../../codec/digest.ts'
import * as Timestamp from '../../codec/timestamp.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { hmacSha256 } from '../../keys/hmac.ts'
import * as Challenges from './challenge.ts'
import { type Refusal, refuse } from './problem.ts'

/** A server's secret: text is taken as UTF-8. Use at least 32 bytes. */
export type Secret = string | Uint8Array

/** Shortest secret a server may be configured with, in bytes. */
export const minSecretBytes = 32

/** What an id covers: every parameter but itself and `description`. */
export type Bound = Omit<Challenges.Challenge, 'id' | 'description'>

/** The id for a challenge: 43 characters of base64url. */
export function id(challenge: Bound, secret: Secret, revision: Challenges.Revision = '01'): string {
  const text = slots(challenge, revision).join('|')
  if (text === latest.text && secret === latest.secret) return latest.id
  const key = typeof secret === 'string' ? Utf8.encode(secret) : secret
  const made = Base64url.encode(hmacSha256(key, Utf8.encode(text)))
  // Bytes may be changed by whoever holds them.
  if (typeof secret === 'string') latest = { text, secret, id: made }
  return made
}

/** What was asked for last: vouchers of a stream come one after the other, each with the same challenge. */
let latest = { text: '', secret: '', id: '' }

/** The slots of the HMAC input, in order. Draft-00 has no slot for `header`. */
export function slots(challenge: Bound, revision: Challenges.Revision = '01'): string[] {
  return [
    challenge.realm,
    challenge.method,
    challenge.intent,
    challenge.request,
    challenge.expires ?? '',
    challenge.digest ?? '',
    ...(challenge.header === undefined || revision === '00' ? [] : [challenge.header]),
    challenge.opaque ?? '',
  ]
}

/** A challenge issued under `secret`. Throws `DecodeError` for parameters that could be read back two ways. */
export function issue(bound: Bound & { description?: string }, secret: Secret): Challenges.Challenge {
  checkAlphabets(bound)
  return { ...bound, id: id(bound, secret) } as Challenges.Challenge
}

/**
 * Whether an echoed challenge was issued under `secret` exactly as it is echoed. Any altered, added or dropped
 * parameter refuses it; so do values that would move text across a slot boundary (CORE-BIND-018).
 */
export function verify(
  echo: Challenges.Challenge,
  secret: Secret | readonly Secret[],
  revision: Challenges.Revision = '01',
): Refusal | undefined {
  const refusal = refuse('invalid-challenge', 'the challenge was not issued by this server as it is echoed')
  try {
    checkAlphabets(echo)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return refusal
  }
  const secrets = typeof secret === 'string' || secret instanceof Uint8Array ? [secret] : secret
  return secrets.some((candidate) => equal(id(echo, candidate, revision), echo.id)) ? undefined : refusal
}

/** Every slot but realm has an alphabet without the separator, so no text fits two ways of splitting it. */
function checkAlphabets({ realm, request, expires, digest, opaque, header }: Bound): void {
  if (realm.includes('|'))
    throw new DecodeError('bad-character', 'realm cannot hold the separator', { path: ['realm'] })
  Challenges.request({ request })
  if (expires !== undefined) Timestamp.decode(expires)
  if (digest !== undefined) Digest.decode(digest)
  if (opaque !== undefined) Challenges.opaque(opaque)
  if (header !== undefined && Challenges.credentialField({ header }) === undefined)
    throw new DecodeError('bad-value', `header can only be ${Challenges.alternateField}`, {
      path: ['header'],
    })
}

/** Compares in time that does not depend on where the texts differ. */
function equal(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i)
  return difference === 0
}
