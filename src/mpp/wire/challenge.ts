/**
 * The challenge of the Payment scheme: what a 402 offers in `WWW-Authenticate` and a credential echoes.
 *
 * `request` and `opaque` stay the base64url text that was received: they are echoed and bound as bytes, never
 * re-encoded. Source: core draft-01 as amended, "The Payment Authentication Scheme".
 */
import { z } from 'zod'
import * as AuthParams from '../../codec/auth-params.ts'
import { DecodeError, inside } from '../../codec/decode-error.ts'
import * as EncodedJson from '../../codec/encoded-json.ts'
import type * as Json from '../../codec/json.ts'
import { decodeWith, type Known, timestamp } from '../../codec/schema.ts'
import * as Timestamp from '../../codec/timestamp.ts'

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

/**
 * A challenge: what a 402 asks for. `expires` is RFC 3339 text; `request` and `opaque` are base64url text as received.
 */
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

/**
 * Which core draft is followed; default `01`. `00` has no `header` parameter: it is ignored like any unknown one, and
 * is not part of the binding (spec/readings.md R1, W6).
 */
export type Revision = '00' | '01'

/**
 * A challenge to a `WWW-Authenticate` value, with parameters of one's own after those that are defined.
 * Throws `TypeError` for text a header cannot carry, an empty id, or an extra name that is not in lower case
 * (CORE-CHAL-024) or is taken.
 */
export function encode(challenge: Challenge, extra: Readonly<Record<string, string>> = {}): string {
  if (challenge.id === '') throw new TypeError('a challenge has an id')
  const written: (readonly [string, string])[] = []
  for (const name of parameters) {
    const value = challenge[name]
    if (value !== undefined) written.push([name, value])
  }
  for (const [name, value] of Object.entries(extra)) {
    if (name !== name.toLowerCase() || parameters.some((taken) => taken === name))
      throw new TypeError(`${name} cannot name an extra parameter`)
    written.push([name, value])
  }
  return AuthParams.encode(scheme, written)
}

/**
 * The Payment challenges in one or several `WWW-Authenticate` values, in order. Other schemes and unknown parameters
 * are skipped; no Payment challenge gives an empty list. Throws `DecodeError` when a value is not HTTP authentication
 * syntax or a Payment challenge in it is malformed. `request` and `opaque` are checked to decode.
 */
export function decode(fields: string | readonly string[], revision: Revision = '01'): Challenge[] {
  const found = typeof fields === 'string' ? schemesOf(fields) : fields.flatMap(schemesOf)
  return found.map((scheme) => fromScheme(scheme, revision))
}

const schemesOf = (field: string) => AuthParams.decode(field).filter(isPayment)

/** Whether a scheme of a parsed field is `Payment`. */
export const isPayment = (found: AuthParams.AuthScheme): boolean => found.scheme.toLowerCase() === 'payment'

/** One parsed scheme to a challenge; unknown parameters are dropped. Throws `DecodeError`. */
export function fromScheme(found: AuthParams.AuthScheme, revision: Revision = '01'): Challenge {
  if (!isPayment(found)) throw new DecodeError('wrong-scheme', 'not a Payment challenge', { at: found.at })
  if (found.token68 !== undefined)
    throw new DecodeError('bad-syntax', 'a Payment challenge has parameters, not one value', { at: found.at })
  const known: Record<string, string> = {}
  for (const name of parameters) {
    const value = found.params.get(name)
    if (value !== undefined && isKnown(name, revision)) known[name] = value
  }
  const challenge = decodeWith(schema, known)
  request(challenge)
  if (challenge.opaque !== undefined) opaque(challenge.opaque)
  return challenge
}

/** Whether a revision knows a parameter. */
const isKnown = (name: string, revision: Revision): boolean => revision === '01' || name !== 'header'

/** The decoded `request`. Throws `DecodeError` unless it is base64url of a JSON object. */
export function request(challenge: Pick<Challenge, 'request'>): Json.JsonObject {
  return inside(['request'], () => EncodedJson.decode(challenge.request, maxValueChars))
}

/** The text of `request` to the inner form that a schema gives it. Throws `DecodeError`. */
export function requestAs<S extends z.ZodType>(shape: S, text: string): z.output<S> {
  const plain = text.length > maxValueChars ? undefined : EncodedJson.readPlain(shape, text)
  return plain ?? decodeWith(shape, request({ request: text }))
}

/** The decoded `opaque`: a flat object of strings (CORE-CHAL-020). Throws `DecodeError`. */
export function opaque(text: string): Record<string, string> {
  return inside(['opaque'], () => {
    const value = EncodedJson.decode(text, maxValueChars)
    for (const [name, member] of Object.entries(value))
      if (typeof member !== 'string')
        throw new DecodeError('wrong-type', 'opaque members are strings', { path: [name] })
    return value as Record<string, string>
  })
}

/** A JSON object to the text of `request` or `opaque`: base64url of its canonical form. */
export const encodeObject = EncodedJson.encode

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
