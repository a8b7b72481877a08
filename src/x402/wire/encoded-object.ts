/**
 * JSON objects in header fields of x402: base64 of UTF-8 JSON text. Members keep their order, because the receiver may
 * forward the object. Decoding is strict, so that every receiver reads the same values that were verified.
 */
import * as Base64 from '../../codec/base64.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import * as Field from '../../codec/field.ts'
import * as Json from '../../codec/json.ts'
import * as Utf8 from '../../codec/utf8.ts'

/** Largest field value that is read, in characters. Node takes no more header bytes than that here. */
export const maxFieldChars = 65_536

/** An object to a field value. */
export const encode = (value: Json.JsonObject): string => Base64.encode(JSON.stringify(value))

/** A field value to the object in it. Throws `DecodeError`. */
export function decode(field: string): Json.JsonObject {
  if (field.length > maxFieldChars) throw new DecodeError('too-large', `over ${maxFieldChars} characters`)
  const text = Field.trim(field)
  if (text === '') throw new DecodeError('empty', 'expected base64 text', { at: 0 })
  return parse(Utf8.decode(Base64.decode(text)), maxFieldChars)
}

/** JSON text of at most `maxChars` characters to an object. Throws `DecodeError`. */
export function parse(text: string, maxChars: number): Json.JsonObject {
  if (text.length > maxChars) throw new DecodeError('too-large', `over ${maxChars} characters`)
  const value = Json.decode(text)
  if (!Json.isObject(value)) throw new DecodeError('wrong-type', 'expected a JSON object')
  return value
}
