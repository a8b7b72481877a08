/**
 * 0x-prefixed hex. Wire values are written in lower case and full length; mixed case is accepted and lowered
 * (tempo session draft, "Hexadecimal Values"; SESS-ENC-001..003).
 */
import { DecodeError } from './decode-error.ts'

/** Bytes as text: `0x` and two digits a byte. */
export type Hex = `0x${string}`
/** 20 bytes, lower case. */
export type Address = Hex
/** 32 bytes, lower case. */
export type Bytes32 = Hex

export const zeroAddress: Address = `0x${'00'.repeat(20)}`
export const zeroBytes32: Bytes32 = `0x${'00'.repeat(32)}`

/** Longest hex text that is read, in characters: that of 1 MiB of bytes. */
export const maxTextChars = 2_097_154

const lowerCase = /^0x[0-9a-f]*$/

/** Hex text of exactly `bytes` bytes (any whole number when absent) to lower case. Throws `DecodeError`. */
export function normalize(text: string, bytes?: number): Hex {
  if (text.length > maxTextChars) throw new DecodeError('too-large', `over ${maxTextChars} characters`)
  // Written as it is to be: nothing to look for.
  if (lowerCase.test(text) && (bytes === undefined ? text.length % 2 === 0 : text.length === 2 + bytes * 2))
    return text as Hex
  if (!text.startsWith('0x')) throw new DecodeError('bad-syntax', 'hex must start with 0x', { at: 0 })
  const bad = text.slice(2).search(/[^0-9a-fA-F]/)
  if (bad >= 0) throw new DecodeError('bad-character', 'not a hex digit', { at: bad + 2 })
  const digits = text.length - 2
  if (bytes === undefined ? digits % 2 !== 0 : digits !== bytes * 2)
    throw new DecodeError(
      'bad-length',
      bytes === undefined ? 'hex has an odd length' : `expected ${bytes} bytes`,
    )
  return text.toLowerCase() as Hex
}

/** An address: 20 bytes of hex, any case, to lower case. */
export const address = (text: string): Address => normalize(text, 20)
/** A bytes32: 32 bytes of hex, any case, to lower case. */
export const bytes32 = (text: string): Bytes32 => normalize(text, 32)

/** Hex to bytes. Throws `DecodeError`. */
export function decode(text: string): Uint8Array {
  const hex = normalize(text)
  const out = new Uint8Array((hex.length - 2) / 2)
  for (let i = 0, at = 2; i < out.length; i++, at += 2)
    out[i] = (digit(hex.charCodeAt(at)) << 4) | digit(hex.charCodeAt(at + 1))
  return out
}

/** The value of a lower-case hex digit: 0 to 9 are 0x30 to 0x39, a to f are 0x61 to 0x66. */
const digit = (code: number): number => (code < 0x40 ? code - 0x30 : code - 0x57)

/** Bytes that are written at once: as many as a call can have arguments, with room to spare. */
const chunkBytes = 4_096

/**
 * Bytes to lower-case hex. Written from character codes: text put together digit by digit stays a chain of its pieces
 * inside the engine, ten times the size, for as long as it is kept.
 */
export function encode(bytes: Uint8Array): Hex {
  let out = ''
  for (let start = 0; start === 0 || start < bytes.length; start += chunkBytes) {
    const codes: number[] = start === 0 ? [0x30, 0x78] : []
    for (const byte of bytes.subarray(start, start + chunkBytes)) codes.push(code(byte >> 4), code(byte & 15))
    out += String.fromCharCode(...codes)
  }
  return out as Hex
}

/** The lower-case hex digit of a value below 16. */
const code = (value: number): number => (value < 10 ? value + 0x30 : value + 0x57)
