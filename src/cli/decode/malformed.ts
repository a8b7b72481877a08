/** A text that breaks: which layer of it, where, and why; and the readers that find that out layer by layer. */
import * as Base64url from '../../codec/base64url.ts'
import { DecodeError, type DecodeErrorCode } from '../../codec/decode-error.ts'
import * as Json from '../../codec/json.ts'
import * as Utf8 from '../../codec/utf8.ts'

/** What a broken text is shown with. */
export interface Broken {
  /** The layer, such as `the credential's JSON`. */
  layer: string
  text: string
  /** Offset in characters of `text`. */
  at?: number
}

/** The answer of `decode` for malformed input. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
  readonly code: DecodeErrorCode
  readonly broken: Broken

  constructor(code: DecodeErrorCode, message: string, broken: Broken) {
    super(message)
    this.code = code
    this.broken = broken
  }
}

/** Runs a decoder on a layer's text: its failure shows that text, or the member of it that is wrong. */
export function reading<T>(layer: string, text: string, decode: () => T, value?: unknown): T {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const { code, message, path, at } = error
    const broken: Broken =
      path.length === 0
        ? { layer, text, ...(at === undefined ? {} : { at }) }
        : { layer: `${layer}, member ${path.join('.')}`, text: shown(memberAt(value, path)) }
    throw new Malformed(code, message, broken)
  }
}

const shown = (value: unknown): string => (value === undefined ? '(absent)' : JSON.stringify(value))

const memberAt = (value: unknown, path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Record<string | number, unknown>)[name]
        : undefined,
    value,
  )

/** base64url to the JSON object in it. */
export function objectIn(token: string, what: string): Json.JsonObject {
  const layer = `${what}, base64url text`
  if (token === '') throw new Malformed('empty', 'expected base64url text', { layer, text: token, at: 0 })
  return objectOf(
    textOf(
      reading(layer, token, () => Base64url.decode(token)),
      what,
    ),
    what,
  )
}

/** Standard base64, as x402 writes it, to the JSON object in it. */
export function objectInBase64(token: string, what: string): Json.JsonObject {
  const layer = `${what}, base64 text`
  const bad = token.search(/[^A-Za-z0-9+/=]/)
  if (bad >= 0 || token === '')
    throw new Malformed(token === '' ? 'empty' : 'bad-character', 'not a base64 character', {
      layer,
      text: token,
      at: Math.max(bad, 0),
    })
  if (!/^[^=]*={0,2}$/.test(token) || token.length % 4 === 1)
    throw new Malformed('bad-padding', 'base64 ends in the middle of a byte, or goes on after its padding', {
      layer,
      text: token,
      at: token.search(/=|$/),
    })
  return objectOf(textOf(Buffer.from(token, 'base64'), what), what)
}

/** JSON text to an object. */
export function objectOf(text: string, what: string): Json.JsonObject {
  const layer = `${what}, JSON`
  const value = reading(layer, text, () => Json.decode(text))
  if (!Json.isObject(value))
    throw new Malformed('wrong-type', 'expected a JSON object', { layer, text, at: 0 })
  return value
}

function textOf(bytes: Uint8Array, what: string): string {
  try {
    return Utf8.decode(bytes)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
    const layer = `${what}, UTF-8 text`
    throw new Malformed(error.code, error.message, { layer, text, at: replacedAt(text, bytes) })
  }
}

/** Where a replacement character stands for bytes that were not one. */
function replacedAt(text: string, bytes: Uint8Array): number {
  let at = 0
  let byte = 0
  for (const char of text) {
    if (char === '\ufffd' && (bytes[byte] !== 0xef || bytes[byte + 1] !== 0xbf || bytes[byte + 2] !== 0xbd))
      return at
    byte += Utf8.encode(char).length
    at += char.length
  }
  return at
}
