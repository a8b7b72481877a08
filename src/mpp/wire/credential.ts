/**
 * The credential: `Payment <base64url(JSON)>`, in `Authorization` or the field the challenge selected.
 * Source: core draft-01, "Credentials".
 */
import { z } from 'zod'
import * as AuthParams from '../../codec/auth-params.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import * as EncodedJson from '../../codec/encoded-json.ts'
import type * as Json from '../../codec/json.ts'
import { decodeWith, jsonObject } from '../../codec/schema.ts'
import * as Challenge from './challenge.ts'

/** Largest credential that is read, in characters of base64url. */
export const maxCredentialChars = 65_536

/** A credential on the wire. Source: core draft-01, "Credentials". */
export const schema = z.looseObject({
  challenge: Challenge.schema,
  source: z.string().optional(),
  payload: jsonObject,
})

/** How a field begins that holds one credential. Base64url text behind it is that credential, and nothing else. */
const plainStart = `${Challenge.scheme} `

/** The answer to a challenge. */
export interface Credential {
  /** The challenge, echoed as it was received. */
  challenge: Challenge.Challenge
  /** Who pays, as a DID; a claim, never trusted (SESS-SIG-010). */
  source?: string | undefined
  /** What the method defines; for `tempo` sessions see `Payload`. */
  payload: Json.JsonObject
}

/** A credential to the value of `Authorization` or `Payment-Authorization`: `Payment` and base64url of its JSON. */
export const encode = (credential: Credential): string =>
  `${Challenge.scheme} ${EncodedJson.encode(credential, schema)}`

/**
 * The Payment credentials in a field value, as base64url text; empty when the field holds other schemes only. Throws
 * `DecodeError` when the field is not HTTP authentication syntax, `bad-syntax` when a Payment credential has
 * parameters.
 */
export function extract(field: string): string[] {
  return AuthParams.decode(field)
    .filter(Challenge.isPayment)
    .map((found) => {
      if (found.token68 === undefined || found.params.size > 0)
        throw new DecodeError('bad-syntax', 'a Payment credential is one base64url value', { at: found.at })
      return found.token68
    })
}

/**
 * The one Payment credential of a field value. Throws `DecodeError`: `too-large` over 65,536 characters, `wrong-scheme`
 * when there is none, `bad-syntax` when there are several, and others when it is malformed.
 */
export function decode(field: string): Credential {
  if (field.length > maxCredentialChars)
    throw new DecodeError('too-large', `credential is over ${maxCredentialChars} characters`)
  const plain = field.startsWith(plainStart)
    ? EncodedJson.decodePlain(field.slice(plainStart.length), maxCredentialChars)
    : undefined
  if (plain !== undefined) return decodeWith(schema, plain) as Credential
  const [token, ...more] = extract(field)
  if (token === undefined) throw new DecodeError('wrong-scheme', 'no Payment credential in the field')
  if (more.length > 0) throw new DecodeError('bad-syntax', 'more than one Payment credential in the field')
  return fromToken(token)
}

/** The base64url part of a credential. Throws `DecodeError`. */
export const fromToken = (token: string): Credential =>
  decodeWith(schema, EncodedJson.decode(token, maxCredentialChars)) as Credential
