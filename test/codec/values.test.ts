/** Hex, amounts, timestamps and digests. */
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Digest from '../../src/codec/digest.ts'
import * as Hex from '../../src/codec/hex.ts'
import * as Timestamp from '../../src/codec/timestamp.ts'
import * as Uint from '../../src/codec/uint.ts'
import { code } from '../support/codes.ts'

describe('hex', () => {
  test('bytes survive', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(Hex.decode(Hex.encode(bytes))).toEqual(bytes)
      }),
    )
  })
  test('zero has every byte', () => {
    expect(Hex.decode(Hex.zeroAddress)).toEqual(new Uint8Array(20))
    expect(Hex.decode(Hex.zeroBytes32)).toEqual(new Uint8Array(32))
  })
  test('any case is lowered, other lengths are refused', () => {
    expect(Hex.address(`0x${'Ab'.repeat(20)}`)).toBe(`0x${'ab'.repeat(20)}`)
    expect(code(() => Hex.address(`0x${'ab'.repeat(19)}`))).toBe('bad-length')
    expect(code(() => Hex.bytes32(`0x${'ab'.repeat(33)}`))).toBe('bad-length')
    expect(code(() => Hex.normalize('0xabc'))).toBe('bad-length')
    expect(code(() => Hex.normalize('0xzz'))).toBe('bad-character')
    expect(code(() => Hex.normalize('abcd'))).toBe('bad-syntax')
    expect(code(() => Hex.normalize('0Xab'))).toBe('bad-syntax')
  })
})

describe('uint', () => {
  test('round trips', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, Uint.maxUint128), (value) => {
        expect(Uint.decode(Uint.encode(value))).toBe(value)
      }),
    )
  })
  test.each([
    ['-1', 'bad-syntax'],
    ['+1', 'bad-syntax'],
    ['1e3', 'bad-syntax'],
    ['0x3e8', 'bad-syntax'],
    [' 100', 'bad-syntax'],
    ['100.0', 'bad-syntax'],
    ['', 'bad-syntax'],
    ['١', 'bad-syntax'],
    [(2n ** 128n).toString(), 'out-of-range'],
    ['0'.repeat(Uint.maxDigits + 1), 'out-of-range'],
  ])('%s is refused: %s', (text, expected) => {
    expect(code(() => Uint.decode(text))).toBe(expected)
  })
  test('leading zeros are read (reading C4), limits are exact', () => {
    expect(Uint.decode('007')).toBe(7n)
    expect(Uint.decode(Uint.maxUint96.toString(), Uint.maxUint96)).toBe(Uint.maxUint96)
    expect(code(() => Uint.decode((Uint.maxUint96 + 1n).toString(), Uint.maxUint96))).toBe('out-of-range')
    expect(() => Uint.encode(-1n)).toThrow(RangeError)
  })
  test('decimal tokens', () => {
    expect(Uint.fromDecimal('0.001')).toBe(1000n)
    expect(Uint.fromDecimal('1')).toBe(1_000_000n)
    expect(Uint.toDecimal(1000n)).toBe('0.001')
    expect(Uint.toDecimal(1n)).toBe('0.000001')
    expect(Uint.toDecimal(-2_500_000n)).toBe('-2.500')
    expect(Uint.toDecimal(7n, 0)).toBe('7')
    expect(Uint.toDecimal(7n, 2)).toBe('0.07')
    for (const decimals of [-1, 78, 1.5, Number.NaN, 1e9])
      expect(code(() => Uint.fromDecimal('1', decimals))).toBe('out-of-range')
    expect(code(() => Uint.fromDecimal(`${Uint.maxUint256}`, 1))).toBe('out-of-range')
    for (const text of ['', '1.', '.5', '1.0000001', '-1', '1e3', ' 1'])
      expect(code(() => Uint.fromDecimal(text))).toBeDefined()
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 30n), (value) => {
        expect(Uint.fromDecimal(Uint.toDecimal(value))).toBe(value)
      }),
    )
  })
})

describe('timestamp', () => {
  test('agrees with Date for what both read', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(Timestamp.decode(Timestamp.encode(date.getTime()))).toBe(date.getTime())
        },
      ),
    )
  })
  test.each([
    ['2026-01-06T12:05:00Z', '2026-01-06T12:05:00.000Z'],
    ['2026-01-06t12:05:00.5z', '2026-01-06T12:05:00.500Z'],
    ['2026-01-06T12:05:00+02:30', '2026-01-06T09:35:00.000Z'],
    ['2024-02-29T00:00:00-00:00', '2024-02-29T00:00:00.000Z'],
    ['2016-12-31T23:59:60Z', '2016-12-31T23:59:59.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(new Date(Timestamp.decode(text)).toISOString()).toBe(expected)
  })
  test.each([
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-06T24:00:00Z',
    '2026-01-06T12:60:00Z',
    '2026-01-06T12:05:61Z',
    '2026-01-06T12:05:00+24:00',
    '2026-00-01T00:00:00Z',
  ])('%s is out of range', (text) => expect(code(() => Timestamp.decode(text))).toBe('out-of-range'))
  test.each([
    '2026-01-06',
    '2026-01-06T12:05Z',
    '2026-01-06T12:05:00',
    '2026-1-6T12:05:00Z',
    'tomorrow',
    '',
    '2026-01-06 12:05:00Z',
    '1736165100',
  ])('%s is no date-time', (text) => expect(code(() => Timestamp.decode(text))).toBe('bad-syntax'))
})

describe('digest', () => {
  const body = new TextEncoder().encode('{"hello": "world"}')
  const expected = (algorithm: string) => createHash(algorithm).update(body).digest('base64')
  test('is what RFC 9530 shows', () => {
    expect(Digest.encode(body)).toBe(`sha-256=:${expected('sha256')}:`)
    expect(Digest.encode(body, 'sha-512')).toBe(`sha-512=:${expected('sha512')}:`)
    expect(Digest.verify(Digest.encode(body), body)).toBe(true)
    expect(Digest.verify(Digest.encode(body), body.slice(1))).toBe(false)
  })
  test('the strongest algorithm known decides, unknown ones are skipped', () => {
    expect(
      Digest.verify(`md5=:AAAA:, ${Digest.encode(body, 'sha-512')}, sha-256=:${'A'.repeat(43)}=:`, body),
    ).toBe(true)
    expect(Digest.verify('md5=:AAAA:', body)).toBe(false)
  })
  test.each([
    [`sha-256=${expected('sha256')}`, 'bad-syntax'],
    ['sha-256=:AA:', 'bad-length'],
    ['sha-256=:AB==:', 'non-canonical'],
    ['sha-256=:AAAA:', 'bad-length'],
    [`sha-256=:${expected('sha512')}:`, 'bad-length'],
    [`${Digest.encode(body)}, ${Digest.encode(body)}`, 'duplicate-parameter'],
    [`sha-256=:${'A'.repeat(Digest.maxDigestChars)}:`, 'too-large'],
    ['', 'bad-syntax'],
  ])('%s is refused: %s', (text, reason) => {
    expect(code(() => Digest.decode(text))).toBe(reason)
  })
})
