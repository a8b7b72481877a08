/**
 * The challenge of the Payment scheme: what a 402 offers in `WWW-Authenticate` and a credential echoes.
 *
 * `request` and `opaque` stay the base64url text that was received: they are echoed and bound as bytes, never
 * re-encoded. Source: core draft-01 as amended, "The Payment Authentication Scheme".
 */
import { z } from 'zod'
import * as AuthParams from '../codec/auth-params.ts'
import * as Base64url from '../codec/base64url.ts'
import { DecodeError } from '../codec/decode-error.ts'
import * as Jcs from '../codec/jcs.ts'
import * as Json from '../codec/json.ts'
import * as Timestamp from '../codec/timestamp.ts'
import * as Utf8 from '../codec/utf8.ts'
import { decodeWith, type Known, timestamp } from './schema.ts'

/** The scheme name; compared without regard to case. */
export const scheme = 'Payment'
/** The one field name a challenge may select with `header` (CORE-HDR-001). */
export const alternateField = 'Payment-Authorization'
/** Largest `request` or `opaque` text that is read, in characters. */
export const maxValueChars = 32_768

/** A challenge as its parameters; also the shape of the echo inside a credential. */
export const schema = z.looseObject({
  id: z.string().min(1),
  realm: z.string(),
  method: z.string().regex(/^[a-z]+$/),
  intent: z.string().regex(/^[A-Za-z0-9-]+$/),
  request: z.string().min(1).max(maxValueChars),
  expires: timestamp.optional(),
  digest: z.string().optional(),
  opaque: z.string().max(maxValueChars).optional(),
  header: z.string().optional(),
  description: z.string().optional(),
})

export type Challenge = Known<z.output<typeof schema>>

const parameters = [
  'id',
  'realm',
  'method',
  'intent',
  'request',
  'expires',
  'digest',
  'opaque',
  'header',
  'description',
] as const

/** A challenge to a `WWW-Authenticate` value. Throws `TypeError` for text a header cannot carry. */
export function encode(challenge: Challenge): string {
  const pairs = parameters.flatMap((name) => {
    const value = challenge[name]
    return value === undefined ? [] : [[name, value] as const]
  })
  return AuthParams.encode(scheme, pairs)
}

/**
 * The Payment challenges of one or several `WWW-Authenticate` values, in order; other schemes are skipped.
 * Throws `DecodeError` when a value or a Payment challenge in it is malformed.
 */
export function decode(fields: string | readonly string[]): Challenge[] {
  return [fields].flat().flatMap((field) => AuthParams.decode(field).filter(isPayment).map(fromScheme))
}

/** Whether a scheme of a parsed field is `Payment`. */
export const isPayment = (found: AuthParams.AuthScheme): boolean => found.scheme.toLowerCase() === 'payment'

/** One parsed scheme to a challenge; unknown parameters are dropped. Throws `DecodeError`. */
export function fromScheme(found: AuthParams.AuthScheme): Challenge {
  if (!isPayment(found)) throw new DecodeError('wrong-scheme', 'not a Payment challenge', { at: found.at })
  const challenge = decodeWith(
    schema,
    Object.fromEntries(
      parameters.filter((name) => found.params.has(name)).map((name) => [name, found.params.get(name)]),
    ),
  )
  request(challenge)
  if (challenge.opaque !== undefined) opaque(challenge.opaque)
  return challenge
}

/** The decoded `request`. Throws `DecodeError` unless it is base64url of a JSON object. */
export function request(challenge: Pick<Challenge, 'request'>): Json.JsonObject {
  return within('request', () => decodeObject(challenge.request))
}

/** The decoded `opaque`: a flat object of strings (CORE-CHAL-020). Throws `DecodeError`. */
export function opaque(text: string): Record<string, string> {
  return within('opaque', () => {
    const value = decodeObject(text)
    for (const [name, member] of Object.entries(value))
      if (typeof member !== 'string')
        throw new DecodeError('wrong-type', 'opaque members are strings', { path: [name] })
    return value as Record<string, string>
  })
}

/** A JSON object to the text of `request` or `opaque`: base64url of its canonical form. */
export const encodeObject = (value: object): string => Base64url.encode(Jcs.encode(value))

function decodeObject(text: string): Json.JsonObject {
  const value = Json.decode(Utf8.decode(Base64url.decode(text)))
  if (!Json.isObject(value)) throw new DecodeError('wrong-type', 'expected a JSON object')
  return value
}

function within<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof DecodeError ? error.within(name) : error
  }
}

/** Whether the challenge is past its `expires` at `now` (milliseconds since the epoch). */
export const isExpired = (challenge: Challenge, now: number): boolean =>
  challenge.expires !== undefined && Timestamp.decode(challenge.expires) <= now

/**
 * The request field that carries a credential for this challenge, or undefined when the challenge selects one
 * that no client may use (CORE-HDR-005). Field names have no case, so neither has the comparison.
 */
export function credentialField(
  challenge: Pick<Challenge, 'header'>,
): 'Authorization' | typeof alternateField | undefined {
  if (challenge.header === undefined) return 'Authorization'
  return challenge.header.toLowerCase() === alternateField.toLowerCase() ? alternateField : undefined
}
