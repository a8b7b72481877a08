/** RFC 9110, section 11. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as AuthParams from '../../src/codec/auth-params.ts'
import { code } from '../support/codes.ts'

const read = (field: string) =>
  AuthParams.decode(field).map(({ scheme, token68, params }) => [
    scheme,
    token68 ?? Object.fromEntries(params),
  ])

describe('auth-params', () => {
  test.each<[string, unknown[]]>([
    ['Payment id="a", realm=b', [['Payment', { id: 'a', realm: 'b' }]]],
    ['Payment id = "a" ,realm\t=\tb', [['Payment', { id: 'a', realm: 'b' }]]],
    ['PAYMENT ID="a"', [['PAYMENT', { id: 'a' }]]],
    [
      'Bearer realm="x, Payment id=\\"decoy\\"", Payment id="a"',
      [
        ['Bearer', { realm: 'x, Payment id="decoy"' }],
        ['Payment', { id: 'a' }],
      ],
    ],
    [
      'Payment id="a", Payment id="b"',
      [
        ['Payment', { id: 'a' }],
        ['Payment', { id: 'b' }],
      ],
    ],
    [
      'Basic, Payment id="a"',
      [
        ['Basic', {}],
        ['Payment', { id: 'a' }],
      ],
    ],
    [
      'Negotiate YII=, Payment id="a"',
      [
        ['Negotiate', 'YII='],
        ['Payment', { id: 'a' }],
      ],
    ],
    ['Payment eyJhIjoxfQ', [['Payment', 'eyJhIjoxfQ']]],
    ['Payment id=', [['Payment', 'id=']]],
    ['Payment  id="a"', [['Payment', { id: 'a' }]]],
    [', Payment id="a",,realm=b,', [['Payment', { id: 'a', realm: 'b' }]]],
    ['Payment id="a\\"b\\\\c"', [['Payment', { id: 'a"b\\c' }]]],
    ['Payment __proto__="x", id=a', [['Payment', { ...JSON.parse('{"__proto__":"x"}'), id: 'a' }]]],
    ['', []],
  ])('%s', (field, expected) => {
    expect(read(field)).toEqual(expected)
  })

  test.each([
    ['Payment id="a', 'unterminated-quote'],
    ['Payment id="a\\', 'unterminated-quote'],
    ['Payment id="a", id="b"', 'duplicate-parameter'],
    ['Payment id="a", ID="b"', 'duplicate-parameter'],
    ['Payment id="a\r\nSet-Cookie: x"', 'control-character'],
    ['Payment id="a\\\u0000"', 'control-character'],
    ['Payment id="a" realm="b"', 'bad-syntax'],
    ['="x"', 'bad-syntax'],
    ['Payment id="a"; realm=b', 'bad-syntax'],
    ['Payment id="\u0100"', 'control-character'],
    ['x'.repeat(AuthParams.maxFieldChars + 1), 'too-large'],
  ])('%s is refused: %s', (field, expected) => {
    expect(code(() => AuthParams.decode(field))).toBe(expected)
  })

  test('what is written is read back', () => {
    const token = fc
      .string({ unit: fc.constantFrom(...'abcXYZ019-_.~!'), minLength: 1, maxLength: 8 })
      .map((name) => name.toLowerCase())
    const value = fc.string({ unit: fc.constantFrom(...'ab",\\ =\t~é'), maxLength: 12 })
    fc.assert(
      fc.property(fc.dictionary(token, value, { minKeys: 1 }), (params) => {
        const [found] = AuthParams.decode(AuthParams.encode('Payment', Object.entries(params)))
        expect(Object.fromEntries(found?.params ?? [])).toEqual({ ...params })
      }),
    )
  })

  test('text a header cannot carry is refused on the way out', () => {
    expect(() => AuthParams.encode('Payment', [['id', 'a\r\nb']])).toThrow(TypeError)
    expect(() => AuthParams.encode('Payment', [['i d', 'a']])).toThrow(TypeError)
  })
})
