/** RFC 8785, against another implementation. */
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Jcs from '../../src/codec/jcs.ts'
import * as Json from '../../src/codec/json.ts'
import { code } from '../support/codes.ts'

describe('jcs', () => {
  test('agrees with canonicalize, and is canonical', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        if (code(() => Json.decode(JSON.stringify(value))) !== undefined) return
        const text = Jcs.encode(value)
        expect(text).toBe(canonicalize(value))
        expect(Jcs.encode(Json.decode(text))).toBe(text)
      }),
    )
  })

  test('sorts by UTF-16 code units, as section 3.2.3 shows', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 }
    expect(Jcs.encode(value)).toBe(
      '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\u{1f600}":5,"\ufb33":3}',
    )
  })

  test('numbers and undefined members', () => {
    expect(Jcs.encode({ a: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0], b: undefined })).toBe(
      '{"a":[333333333.3333333,1e+30,4.5,0.002,1e-27,0]}',
    )
  })

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [1n], [() => 1], ['\ud800'], [undefined]])(
    '%s has no JSON',
    (value) => {
      expect(() => Jcs.encode(value)).toThrow(TypeError)
    },
  )

  test('a cycle is refused, a value used twice is not', () => {
    const cyclic: Record<string, unknown> = {}
    cyclic['self'] = cyclic
    expect(() => Jcs.encode(cyclic)).toThrow(TypeError)
    const shared = { a: 1 }
    expect(Jcs.encode([shared, shared])).toBe('[{"a":1},{"a":1}]')
  })
})
