/**
 * base64url without padding (RFC 4648, section 5; core draft, "Encoding").
 *
 * Strict: padding, the standard alphabet, white space and non-zero trailing bits are refused, so every value
 * has exactly one text and `encode(decode(text)) === text`.
 */
import { DecodeError } from './decode-error.ts'
import { plainBytes, toBase64url } from './native-bytes.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const digits = new Int8Array(128).fill(-1)
for (let i = 0; i < alphabet.length; i++) digits[alphabet.charCodeAt(i)] = i

const utf8 = new TextEncoder()

/** Longest text that is read, in characters: that of 1 MiB of bytes. */
export const maxTextChars = 1_398_102

/** Bytes (or text, taken as UTF-8) to base64url. */
export const encode = (value: Uint8Array | string): string =>
  toBase64url(value) ?? encodeBytes(typeof value === 'string' ? utf8.encode(value) : value)

/** As `encode`, where the platform has nothing faster. */
export function encodeBytes(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] as number
    const b = bytes[i + 1]
    const c = bytes[i + 2]
    out += alphabet.charAt(a >> 2) + alphabet.charAt(((a & 3) << 4) | ((b ?? 0) >> 4))
    if (b !== undefined) out += alphabet.charAt(((b & 15) << 2) | ((c ?? 0) >> 6))
    if (c !== undefined) out += alphabet.charAt(c & 63)
  }
  return out
}

/**
 * base64url to bytes. Throws `DecodeError`: `bad-padding`, `bad-character`, `bad-length`, `non-canonical`,
 * `too-large`.
 */
export function decode(text: string): Uint8Array {
  if (text.length > maxTextChars) throw new DecodeError('too-large', `over ${maxTextChars} characters`)
  return plainBytes(text) ?? decodeCarefully(text)
}

/** As `decode`, without the short way for text that is right: the one that says what is wrong. */
export function decodeCarefully(text: string): Uint8Array {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let buffer = 0
  let bits = 0
  let n = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const value = code < 128 ? (digits[code] as number) : -1
    if (value < 0) {
      const padding = text.charAt(i) === '='
      throw new DecodeError(
        padding ? 'bad-padding' : 'bad-character',
        padding ? 'base64url must not be padded' : 'not a base64url character',
        { at: i },
      )
    }
    buffer = ((buffer << 6) | value) & 0xffff
    bits += 6
    if (bits >= 8) {
      bits -= 8
      bytes[n++] = (buffer >> bits) & 0xff
    }
  }
  if (text.length % 4 === 1)
    throw new DecodeError('bad-length', 'base64url text ends in a lone character', { at: text.length - 1 })
  if ((buffer & ((1 << bits) - 1)) !== 0)
    throw new DecodeError('non-canonical', 'base64url text has non-zero trailing bits', {
      at: text.length - 1,
    })
  return bytes
}
