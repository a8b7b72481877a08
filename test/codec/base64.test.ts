/** base64 with padding (RFC 4648, section 4): one text for each value. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Base64 from '../../src/codec/base64.ts'
import { code } from '../support/codes.ts'

test('agrees with the platform, there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const text = Base64.encode(bytes)
      expect(text).toBe(Buffer.from(bytes).toString('base64'))
      expect(Base64.decode(text)).toEqual(bytes)
    }),
  )
})
test.each([
  ['', undefined],
  ['AA==', undefined],
  ['AAA=', undefined],
  ['AA', 'bad-padding'],
  ['AAA', 'bad-padding'],
  ['AA=', 'bad-padding'],
  ['AAA==', 'bad-padding'],
  ['AAAA=', 'bad-padding'],
  ['AAAA==', 'bad-padding'],
  ['AA===', 'bad-padding'],
  ['A', 'bad-length'],
  ['A===', 'bad-padding'],
  ['=', 'bad-padding'],
  ['AB==', 'non-canonical'],
  ['A-_=', 'bad-character'],
  ['AA A', 'bad-character'],
  ['AAA\n', 'bad-character'],
])('%j: %s', (text, expected) => {
  expect(code(() => Base64.decode(text))).toBe(expected)
})
test('is read up to its cap', () => {
  expect(code(() => Base64.decode('=='.padStart(Base64.maxTextChars, 'A')))).toBeUndefined()
  expect(code(() => Base64.decode('A'.repeat(Base64.maxTextChars + 4)))).toBe('too-large')
})
