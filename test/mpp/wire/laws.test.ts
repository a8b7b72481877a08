/** The two laws of every codec: decode(encode(x)) is x, and encode(decode(s)) is s for canonical s. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { wireCodecs } from '../../support/wire-codecs.ts'

const numRuns = Number(process.env['LAW_RUNS'] ?? 60)

describe.each(wireCodecs)('$name', ({ values, encode, decode }) => {
  test('decode(encode(x)) is x', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value)
      }),
      { numRuns },
    )
  })
  test('encode(decode(s)) is s for canonical s', () => {
    fc.assert(
      fc.property(values, (value) => {
        const text = encode(value)
        expect(encode(decode(text))).toBe(text)
      }),
      { numRuns },
    )
  })
})
