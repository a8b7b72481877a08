/**
 * JSON (RFC 8259) with the strictness a payment needs (I-JSON, RFC 7493): a duplicate member name, a lone
 * surrogate, a number outside the double range, or nesting past `maxDepth` is an error rather than a guess,
 * because two readers that guess differently verify one value and use another (spec/readings.md C6).
 *
 * Linear in the text: plain text by the platform's parser (`plain-json.ts`), any other in one pass. A member called `__proto__` becomes an own member and never a prototype.
 */
import { DecodeError, type DecodeErrorCode } from './decode-error.ts'
import { parsePlain } from './plain-json.ts'

/** Any JSON value. */
export type JsonValue = null | boolean | number | string | JsonValue[] | JsonObject

/** A JSON object. */
export type JsonObject = { [name: string]: JsonValue }

/** Longest text that is read, in characters. */
export const maxTextChars = 1_048_576
/** Deepest nesting of arrays and objects that is read. */
export const maxDepth = 64

const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const plainPattern = /[^"\\\u0000-\u001f]*/y
const spacePattern = /[ \t\n\r]*/y

/** Text to a value. Throws `DecodeError` with the offset where the text breaks. */
export function decode(text: string): JsonValue {
  if (text.length > maxTextChars) throw new DecodeError('too-large', `over ${maxTextChars} characters`)
  return (parsePlain(text, maxDepth) as JsonValue | undefined) ?? decodeCarefully(text)
}

/** As `decode`, without the short way for plain text: the one that says what is wrong. */
export function decodeCarefully(text: string): JsonValue {
  let at = 0

  const fail = (code: DecodeErrorCode, message: string, where = at): never => {
    throw new DecodeError(code, message, { at: where })
  }
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at
    const found = pattern.exec(text)?.[0] ?? ''
    at += found.length
    return found
  }
  const space = () => match(spacePattern)

  const string = (): string => {
    const start = at++
    let out = ''
    for (;;) {
      out += match(plainPattern)
      const char = text[at]
      if (char === undefined) fail('bad-json', 'string has no end', start)
      if (char === '"') break
      if (char !== '\\') fail('bad-json', 'control character in a string')
      const escaped = text[at + 1] ?? ''
      if (escaped === 'u') {
        const digits = text.slice(at + 2, at + 6)
        if (!/^[0-9a-fA-F]{4}$/.test(digits)) fail('bad-json', 'a \\u escape needs four hex digits')
        out += String.fromCharCode(Number.parseInt(digits, 16))
        at += 6
      } else {
        const meaning = escapes[escaped]
        if (meaning === undefined) fail('bad-json', 'unknown escape')
        out += meaning
        at += 2
      }
    }
    at++
    if (!out.isWellFormed()) fail('lone-surrogate', 'string holds a lone surrogate', start)
    return out
  }

  const number = (): number => {
    const start = at
    const digits = match(numberPattern)
    if (digits === '') fail('bad-json', 'unexpected character')
    const value = Number(digits)
    if (!Number.isFinite(value)) fail('bad-number', 'number is outside the range of a double', start)
    return value
  }

  const array = (depth: number): JsonValue[] => {
    at++
    const out: JsonValue[] = []
    space()
    if (text[at] === ']') {
      at++
      return out
    }
    for (;;) {
      out.push(value(depth))
      space()
      const char = text[at]
      if (char !== ',' && char !== ']') fail('bad-json', 'expected , or ]')
      at++
      if (char === ']') return out
    }
  }

  const object = (depth: number): JsonObject => {
    at++
    const out: JsonObject = {}
    space()
    if (text[at] === '}') {
      at++
      return out
    }
    for (;;) {
      space()
      if (text[at] !== '"') fail('bad-json', 'expected a member name')
      const nameAt = at
      const name = string()
      if (Object.hasOwn(out, name)) fail('duplicate-key', 'member name occurs twice', nameAt)
      space()
      if (text[at] !== ':') fail('bad-json', 'expected :')
      at++
      const member = value(depth)
      if (name === '__proto__')
        Object.defineProperty(out, name, {
          value: member,
          enumerable: true,
          writable: true,
          configurable: true,
        })
      else out[name] = member
      space()
      const char = text[at]
      if (char !== ',' && char !== '}') fail('bad-json', 'expected , or }')
      at++
      if (char === '}') return out
    }
  }

  const literal = <const T extends boolean | null>(word: string, meaning: T): T => {
    if (!text.startsWith(word, at)) fail('bad-json', 'unexpected character')
    at += word.length
    return meaning
  }

  const value = (depth: number): JsonValue => {
    space()
    const char = text[at]
    if (char === '{' || char === '[') {
      if (depth >= maxDepth) fail('too-deep', `nested deeper than ${maxDepth}`)
      return char === '{' ? object(depth + 1) : array(depth + 1)
    }
    if (char === '"') return string()
    if (char === 't') return literal('true', true)
    if (char === 'f') return literal('false', false)
    if (char === 'n') return literal('null', null)
    if (char === undefined) fail('bad-json', 'text ends where a value is expected')
    return number()
  }

  const result = value(0)
  space()
  if (at < text.length) fail('bad-json', 'text goes on after the value')
  return result
}

/** True for a JSON object: not null, not an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
