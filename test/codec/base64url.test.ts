import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Base64url from '../../src/codec/base64url.ts'
import { code } from '../support/codes.ts'

describe('base64url', () => {
  test('agrees with Node for any bytes, and reads back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const text = Base64url.encode(bytes)
        expect(text).toBe(Buffer.from(bytes).toString('base64url'))
        expect(Base64url.decode(text)).toEqual(bytes)
      }),
    )
  })

  test('any text either decodes to what encodes back to it, or is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ABab01-_=+/ \n'), maxLength: 12 }), (text) => {
        if (code(() => Base64url.decode(text)) === undefined)
          expect(Base64url.encode(Base64url.decode(text))).toBe(text)
      }),
    )
  })

  test.each([
    ['QQ==', 'bad-padding'],
    ['Q+', 'bad-character'],
    ['Q Q', 'bad-character'],
    ['é', 'bad-character'],
    ['A', 'bad-length'],
    ['QR', 'non-canonical'],
    ['QUJ', 'non-canonical'],
  ])('%s is refused: %s', (text, expected) => {
    expect(code(() => Base64url.decode(text))).toBe(expected)
  })
})
