/** Where a text breaks, to the character: what a person who debugs a payment is shown. */
import { describe, expect, test } from 'vitest'
import * as AuthParams from '../../src/codec/auth-params.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import * as Digest from '../../src/codec/digest.ts'
import * as EncodedJson from '../../src/codec/encoded-json.ts'
import * as Hex from '../../src/codec/hex.ts'
import * as Json from '../../src/codec/json.ts'
import * as Timestamp from '../../src/codec/timestamp.ts'
import * as Uint from '../../src/codec/uint.ts'
import { refusal } from '../support/codes.ts'

type Row = [text: string, code: string, at?: number]
const table = (name: string, decode: (text: string) => unknown, list: readonly Row[]) =>
  describe(name, () => {
    test.each(list)('%j: %s at %s', (text, code, at) => {
      expect(refusal(() => decode(text))).toEqual(at === undefined ? { code } : { code, at })
    })
  })

table('base64url', Base64url.decode, [
  ['AA=', 'bad-padding', 2],
  ['AA+A', 'bad-character', 2],
  ['AAA\u0100', 'bad-character', 3],
  ['AAAAA', 'bad-length', 4],
  ['AAAAAB', 'non-canonical', 5],
  ['A'.repeat(Base64url.maxTextChars + 1), 'too-large'],
])

table('hex', Hex.decode, [
  ['ab', 'bad-syntax', 0],
  ['0xabzz', 'bad-character', 4],
  ['0xabc', 'bad-length'],
  [`0x${'a'.repeat(Hex.maxTextChars)}`, 'too-large'],
])

table('uint', (text) => Uint.decode(text, 255n), [
  ['', 'bad-syntax', 0],
  ['12x', 'bad-syntax', 2],
  ['256', 'out-of-range'],
  ['0'.repeat(157), 'out-of-range'],
])
table('decimal amounts', (text) => Uint.fromDecimal(text), [
  ['1.0000001', 'out-of-range', 9],
  ['1,0', 'bad-syntax'],
])
table('timestamp', Timestamp.decode, [
  ['2026-01-06', 'bad-syntax'],
  ['2026-02-30T00:00:00Z', 'out-of-range'],
  ['2026-01-06T24:00:00Z', 'out-of-range'],
])

table('digest', Digest.decode, [
  ['x', 'bad-syntax', 0],
  ['a=:AAAA:,x', 'bad-syntax', 9],
  ['a=:AAAA:, a=:AAAA:', 'duplicate-parameter', 9],
  ['a=:AAAA:,b=:AAA:', 'bad-length', 9],
  ['a=:AAAA:,b=:AB==:', 'non-canonical', 9],
  ['a=:AAAA:,sha-256=:AAAA:', 'bad-length', 9],
  ['a'.repeat(Digest.maxDigestChars + 1), 'too-large'],
])

table('json', Json.decode, [
  ['', 'bad-json', 0],
  ['  ', 'bad-json', 2],
  ['[1,', 'bad-json', 3],
  ['[1 2]', 'bad-json', 3],
  ['[,]', 'bad-json', 1],
  ['{"a" 1}', 'bad-json', 5],
  ['{"a":1 "b":2}', 'bad-json', 7],
  ['{"a":1,}', 'bad-json', 7],
  ['{1:2}', 'bad-json', 1],
  ['["a', 'bad-json', 1],
  ['["a\n"]', 'bad-json', 3],
  ['["a\\q"]', 'bad-json', 3],
  ['["a\\u12g4"]', 'bad-json', 3],
  ['["\\ud800"]', 'lone-surrogate', 1],
  ['[1e999]', 'bad-number', 1],
  ['[ nul]', 'bad-json', 2],
  ['{"a":1,"a":2}', 'duplicate-key', 7],
  ['1 x', 'bad-json', 2],
  [`${'['.repeat(65)}`, 'too-deep', 64],
  ['"'.padEnd(Json.maxTextChars + 1), 'too-large'],
])

table('auth-params', AuthParams.decode, [
  ['a b="', 'unterminated-quote', 4],
  ['a b="\\', 'unterminated-quote', 4],
  ['a b="x\u0001"', 'control-character', 6],
  ['a b="x\\\u0001"', 'control-character', 7],
  ['a b=c, b=d', 'duplicate-parameter', 7],
  ['a b=c d', 'bad-syntax', 6],
  ['a, "', 'bad-syntax', 3],
  ['a b c', 'bad-syntax', 3],
  ['a'.repeat(AuthParams.maxFieldChars + 1), 'too-large'],
])

table('encoded JSON', (text) => EncodedJson.decode(text, 8), [
  ['', 'empty', 0],
  ['A'.repeat(9), 'too-large'],
  [Base64url.encode('[]'), 'wrong-type'],
  [Base64url.encode(Uint8Array.of(0xff)), 'bad-utf8'],
])

describe('texts at a cap are still read', () => {
  test('to the character', () => {
    expect(Uint.decode('0'.repeat(Uint.maxDigits))).toBe(0n)
    expect(Json.decode(`"${'a'.repeat(Json.maxTextChars - 2)}"`)).toHaveLength(Json.maxTextChars - 2)
    expect(Json.decode('['.repeat(64) + ']'.repeat(64))).toHaveLength(1)
    expect(AuthParams.decode('a'.repeat(AuthParams.maxFieldChars))).toHaveLength(1)
    expect(Base64url.decode('A'.repeat(Base64url.maxTextChars - 2))).toHaveLength(1_048_575)
    expect(EncodedJson.decode(Base64url.encode('{"a":1}'), 10)).toEqual({ a: 1 })
  })
})
