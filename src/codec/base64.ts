/**
 * base64 with padding (RFC 4648, section 4), which the headers of x402 carry.
 *
 * Strict, like base64url: the other alphabet, white space, missing padding and non-zero trailing bits are refused, so
 * every value has exactly one text and `encode(decode(text)) === text`.
 */
import * as Base64url from './base64url.ts'
import { DecodeError } from './decode-error.ts'

/** Longest text that is read, in characters: that of 1 MiB of bytes. */
export const maxTextChars = 1_398_104

const toUrl: Readonly<Record<string, string>> = { '+': '-', '/': '_' }
const fromUrl: Readonly<Record<string, string>> = { '-': '+', _: '/' }

/** Bytes (or text, taken as UTF-8) to base64. */
export function encode(value: Uint8Array | string): string {
  const text = Base64url.encode(value).replace(/[-_]/g, (char) => fromUrl[char] as string)
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=')
}

/** base64 to bytes. Throws `DecodeError`: `bad-character`, `bad-length`, `bad-padding`, `non-canonical`, `too-large`. */
export function decode(text: string): Uint8Array {
  if (text.length > maxTextChars) throw new DecodeError('too-large', `over ${maxTextChars} characters`)
  let end = text.length
  while (end > 0 && text.length - end < 2 && text[end - 1] === '=') end--
  const digits = text.slice(0, end)
  const bad = digits.search(/[^A-Za-z0-9+/]/)
  if (bad >= 0)
    throw new DecodeError(digits[bad] === '=' ? 'bad-padding' : 'bad-character', 'not a base64 character', {
      at: bad,
    })
  if (end % 4 === 1)
    throw new DecodeError('bad-length', 'base64 text ends in a lone character', { at: end - 1 })
  if (text.length !== Math.ceil(end / 4) * 4)
    throw new DecodeError('bad-padding', 'base64 is padded to four characters', { at: end })
  return Base64url.decode(digits.replace(/[+/]/g, (char) => toUrl[char] as string))
}
