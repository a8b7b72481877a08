/**
 * JSON as it travels in header fields: base64url, without padding, of UTF-8 JSON text. Written canonically, read
 * strictly: each layer has one meaning, so what is verified is what is used (spec/readings.md W1-W5).
 */
import type { z } from 'zod'
import * as Base64url from './base64url.ts'
import { compile, miss, readText } from './compiled-schema.ts'
import { DecodeError } from './decode-error.ts'
import * as Jcs from './jcs.ts'
import * as Json from './json.ts'
import { plainText } from './native-bytes.ts'
import { parsePlain } from './plain-json.ts'
import { decodeWith, writeWith } from './schema.ts'
import * as Utf8 from './utf8.ts'

/**
 * A value to base64url of its canonical text. Throws `TypeError` for what JSON cannot carry. A `shape` judges nothing: it
 * is a schema whose inner form is its wire form, by which most values are written faster.
 */
export function encode(value: object, shape?: z.ZodType): string {
  const text = shape === undefined ? miss : compile(shape).write(value)
  return Base64url.encode(text === miss ? Jcs.encode(value) : text)
}

/** An inner value to base64url of the canonical text that its schema gives it. */
export const encodeAs = <S extends z.ZodType>(schema: S, value: z.output<S>): string =>
  Base64url.encode(writeWith(schema, value))

/** base64url to the inner form of the JSON object in it. Throws as `decode`, and what the schema refuses. */
export const decodeAs = <S extends z.ZodType>(schema: S, text: string, maxChars: number): z.output<S> =>
  (text.length > maxChars ? undefined : readPlain(schema, text)) ?? decodeWith(schema, decode(text, maxChars))

/** As `decodeAs`, for canonical text with no members but those the schema names; undefined for any other. */
export function readPlain<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  const plain = plainText(text)
  const read = plain === undefined ? miss : readText(schema, plain)
  return read === miss ? undefined : (read as z.output<S>)
}

/** As `decode`, for text that is proven to be base64url of a JSON object; undefined for any other. */
export function decodePlain(text: string, maxChars: number): Json.JsonObject | undefined {
  const plain = text === '' || text.length > maxChars ? undefined : plainText(text)
  const value = plain === undefined ? undefined : parsePlain(plain, Json.maxDepth)
  return Json.isObject(value) ? value : undefined
}

/** base64url to the JSON object in it. Throws `DecodeError`, `too-large` over `maxChars` characters. */
export function decode(text: string, maxChars: number): Json.JsonObject {
  if (text.length > maxChars) throw new DecodeError('too-large', `over ${maxChars} characters`)
  if (text === '') throw new DecodeError('empty', 'expected base64url text', { at: 0 })
  const value = Json.decode(plainText(text) ?? Utf8.decode(Base64url.decode(text)))
  if (!Json.isObject(value)) throw new DecodeError('wrong-type', 'expected a JSON object')
  return value
}
