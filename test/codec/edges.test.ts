/** The edges of the codecs: the last value that is taken, the first that is not, and what is left unsaid. */
import { describe, expect, test } from 'vitest'
import * as AuthParams from '../../src/codec/auth-params.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import * as Digest from '../../src/codec/digest.ts'
import * as Hex from '../../src/codec/hex.ts'
import * as Jcs from '../../src/codec/jcs.ts'
import * as Json from '../../src/codec/json.ts'
import * as Sse from '../../src/codec/sse.ts'
import * as Timestamp from '../../src/codec/timestamp.ts'
import * as Uint from '../../src/codec/uint.ts'
import { words } from '../../src/keys/keccak.ts'
import { refusal } from '../support/codes.ts'

describe('sse', () => {
  const read = (...chunks: string[]) => {
    const reader = Sse.reader()
    return chunks.flatMap((chunk) => reader.push(new TextEncoder().encode(chunk)))
  }
  const event = (data: string) => ({ event: 'message', data })

  test('a comment is one line, whatever breaks it', () => {
    expect(Sse.comment('keep alive')).toBe(': keep alive\n\n')
    expect(Sse.comment('a\r\n\nb\rc')).toBe(': a b c\n\n')
  })
  test('an event has an id only where the stream gives one', () => {
    expect(read('data: a\n\n')).toStrictEqual([event('a')])
    expect(read('id: 1\ndata: a\n\n')).toStrictEqual([{ ...event('a'), id: '1' }])
  })
  test('an LF after the CR that ended a chunk ends no second line', () => {
    expect(read('data: a\r', 'data: b\n\n')).toStrictEqual([event('a\nb')])
    expect(read('data: a\r', '\ndata: b\r\n\r\n')).toStrictEqual([event('a\nb')])
    expect(read('data: a\r', '', '\ndata: b\r\n\r\n')).toStrictEqual([event('a\nb')])
    expect(read('data: a\n', '\ndata: b\n\n')).toStrictEqual([event('a'), event('b')])
  })
  test('a stream of chunks is read as it comes', async () => {
    async function* chunks() {
      for (const text of ['data: a\n\nda', 'ta: b\n', '\n']) yield new TextEncoder().encode(text)
    }
    const seen: Sse.SseEvent[] = []
    for await (const found of Sse.decode(chunks())) seen.push(found)
    expect(seen).toStrictEqual([event('a'), event('b')])
  })
})

describe('timestamp', () => {
  const at = (text: string) => Timestamp.decode(text) / 60_000
  test('an offset goes to 23:59', () => {
    expect(at('1970-01-02T00:00:00+23:59')).toBe(1)
    expect(at('1970-01-01T00:00:00-23:00')).toBe(23 * 60)
    expect(at('1970-01-01T00:00:00-00:59')).toBe(59)
    for (const offset of ['+24:00', '-00:60'])
      expect(refusal(() => Timestamp.decode(`1970-01-01T00:00:00${offset}`))).toEqual({
        code: 'out-of-range',
      })
  })
  test('the year has four digits', () => {
    const end = Date.UTC(9999, 11, 31, 23, 59, 59, 999)
    expect(Timestamp.encode(end)).toBe('9999-12-31T23:59:59.999Z')
    for (const outside of [end + 1, Date.UTC(-1, 0)])
      expect(() => Timestamp.encode(outside)).toThrow(new RangeError('RFC 3339 has four-digit years'))
  })
  test.each([
    '2026-00-10',
    '2026-13-10',
    '2026-01-00',
    '2026-01-32',
    '2026-02-29',
    '2026-04-31',
    '1900-02-29',
  ])('%s is no date', (date) => {
    expect(refusal(() => Timestamp.decode(`${date}T00:00:00Z`))).toEqual({ code: 'out-of-range' })
  })
})

describe('amounts', () => {
  test('are text', () => {
    expect(refusal(() => Uint.decode(5 as unknown as string))).toEqual({ code: 'wrong-type' })
  })
  test('nothing has no sign', () => {
    expect(Uint.toDecimal(0n)).toBe('0.000')
    expect(Uint.toDecimal(-1_500_000n)).toBe('-1.500')
    expect(Uint.fromDecimal('7', 0)).toBe(7n)
  })
  test('the larger and the smaller of two', () => {
    for (const [a, b] of [
      [1n, 2n],
      [2n, 1n],
    ] as const) {
      expect(Uint.max(a, b)).toBe(2n)
      expect(Uint.min(a, b)).toBe(1n)
    }
  })
  test('an error does not repeat a long text', () => {
    expect(() => Uint.fromDecimal('x'.repeat(1_000))).toThrow(/^.{1,120}$/)
  })
})

test('base64url: the first character beyond ASCII, and a text at the cap', () => {
  expect(refusal(() => Base64url.decode('AAA\u0080'))).toEqual({ code: 'bad-character', at: 3 })
  expect(Base64url.decode('A'.repeat(Base64url.maxTextChars))).toHaveLength(1_048_576)
})

test('auth-params: any number of spaces around a value and between schemes', () => {
  const [first, second] = AuthParams.decode('a  b  =\t "c" \t,   ,  d')
  expect(first).toMatchObject({ scheme: 'a', params: new Map([['b', 'c']]) })
  expect(second).toMatchObject({ scheme: 'd' })
})

test.each([0, 1, 4_095, 4_096, 4_097, 8_192, 9_000])('hex of %s bytes', (length) => {
  const bytes = Uint8Array.from({ length }, (_, i) => i)
  expect(Hex.encode(bytes)).toBe(`0x${Buffer.from(bytes).toString('hex')}`)
})

test('a member name has a quote before it', () => {
  expect(refusal(() => Json.decode('{a":1}'))).toEqual({ code: 'bad-json', at: 1 })
  expect(refusal(() => Json.decode('{"a":1,b":2}'))).toEqual({ code: 'bad-json', at: 7 })
})

test('a digest has nothing before its name', () => {
  expect(refusal(() => Digest.decode('!a=:AAAA:'))).toEqual({ code: 'bad-syntax', at: 0 })
  expect(refusal(() => Digest.decode('a=:AAAA:!'))).toEqual({ code: 'bad-syntax', at: 0 })
})

test('auth-params: a value needs a name, and a space before it', () => {
  expect(refusal(() => AuthParams.decode('a ="x"'))).toEqual({ code: 'bad-syntax', at: 2 })
  expect(refusal(() => AuthParams.decode('a/b'))).toEqual({ code: 'bad-syntax', at: 1 })
  expect(refusal(() => AuthParams.decode('a "x"'))).toEqual({ code: 'bad-syntax', at: 2 })
  expect(refusal(() => AuthParams.decode('a b="\\'))).toEqual({ code: 'unterminated-quote', at: 4 })
})

test('a member called __proto__ is one like others: it can be changed and removed', () => {
  const value = Json.decode('{"__proto__":1,"a":2}') as Json.JsonObject
  expect(Object.getOwnPropertyDescriptor(value, '__proto__')).toEqual({
    value: 1,
    enumerable: true,
    writable: true,
    configurable: true,
  })
})

test('what has no canonical JSON is said', () => {
  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  for (const value of [Number.NaN, Symbol('a'), cyclic, '\ud800'])
    expect(() => Jcs.encode(value)).toThrow(/./)
})

test('words are in lower case', () => {
  expect(words('0xAB', 255n, 16)).toBe(
    `0x${'ab'.padStart(64, '0')}${'ff'.padStart(64, '0')}${'10'.padStart(64, '0')}`,
  )
})
