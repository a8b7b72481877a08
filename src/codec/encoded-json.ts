/**
 * JSON as it travels in header fields: base64url, without padding, of UTF-8 JSON text. Written canonically, read
 * strictly: each layer has one meaning, so what is verified is what is used (spec/readings.md W1-W5).
 */
import * as Base64url from './base64url.ts'
import { DecodeError } from './decode-error.ts'
import * as Jcs from './jcs.ts'
import * as Json from './json.ts'
import * as Utf8 from './utf8.ts'

/** A value to base64url of its canonical text. Throws `TypeError` for what JSON cannot carry. */
export const encode = (value: object): string => Base64url.encode(Jcs.encode(value))

/** base64url to the JSON object in it. Throws `DecodeError`, `too-large` over `maxChars` characters. */
export function decode(text: string, maxChars: number): Json.JsonObject {
  if (text.length > maxChars) throw new DecodeError('too-large', `over ${maxChars} characters`)
  if (text === '') throw new DecodeError('empty', 'expected base64url text', { at: 0 })
  const value = Json.decode(Utf8.decode(Base64url.decode(text)))
  if (!Json.isObject(value)) throw new DecodeError('wrong-type', 'expected a JSON object')
  return value
}
