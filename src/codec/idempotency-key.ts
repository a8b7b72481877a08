/**
 * `Idempotency-Key`: names a request, so that a retry is not charged twice. The HTTP API working group writes it as
 * a quoted string, the session draft's example as a bare token; both are read, and name the same key
 * (spec/readings.md W12).
 */
import { DecodeError } from './decode-error.ts'
import { trim } from './field.ts'

/** Longest key, in characters. */
export const maxKeyChars = 255

const tokenPattern = /^[!#$%&'*+\-.^_`|~0-9A-Za-z:/]+$/
/** A structured-field string: visible ASCII and space, where only the quote and the backslash are escaped. */
const quotedPattern = /^"(?:[ !#-[\]-~]|\\["\\])*"$/

/** A key to a field value: bare when it can be, else quoted. Throws `TypeError` for what is no key. */
export function encode(key: string): string {
  if (tokenPattern.test(key) && key.length <= maxKeyChars) return key
  if (key === '' || key.length > maxKeyChars || !/^[ -~]*$/.test(key))
    throw new TypeError(`a key is 1 to ${maxKeyChars} characters of printable ASCII`)
  return `"${key.replace(/["\\]/g, '\\$&')}"`
}

/** A field value to the key. Throws `DecodeError`. */
export function decode(field: string): string {
  // Every character escaped, quotes around, and some room for white space.
  if (field.length > maxKeyChars * 4) throw new DecodeError('too-large', 'Idempotency-Key is too long')
  const text = trim(field)
  const key = quotedPattern.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text
  if (key === '') throw new DecodeError('empty', 'the key is empty')
  if (key === text && !tokenPattern.test(text))
    throw new DecodeError('bad-syntax', 'expected a token or a quoted string')
  if (key.length > maxKeyChars)
    throw new DecodeError('too-large', `a key has at most ${maxKeyChars} characters`)
  return key
}
