/** RFC 8259, with the strictness of I-JSON (RFC 7493). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Json from '../../src/codec/json.ts'
import { code } from '../support/codes.ts'

describe('json', () => {
  test('reads whatever JSON.stringify writes, as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const expected = JSON.parse(text) as unknown
        if (code(() => Json.decode(text)) === undefined) expect(Json.decode(text)).toEqual(expected)
        else expect(['lone-surrogate', 'duplicate-key', 'too-deep']).toContain(code(() => Json.decode(text)))
      }),
    )
  })

  test('what JSON.parse refuses is refused', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[],:"\\ut0123.eE+-nfal \n\u0001') }), (text) => {
        const accepted = code(() => Json.decode(text)) === undefined
        if (accepted) expect(() => JSON.parse(text)).not.toThrow()
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['{"a":1,"a":2}', 'duplicate-key'],
    ['{"a":1,"\\u0061":2}', 'duplicate-key'],
    ['"\\ud800"', 'lone-surrogate'],
    ['"\\udc00\\ud800"', 'lone-surrogate'],
    ['1e400', 'bad-number'],
    ['-1e400', 'bad-number'],
    ['01', 'bad-json'],
    ['[1,]', 'bad-json'],
    ['{"a"}', 'bad-json'],
    ['{a:1}', 'bad-json'],
    ['nul', 'bad-json'],
    ['"\u0000"', 'bad-json'],
    ['"\\x41"', 'bad-json'],
    ['', 'bad-json'],
    ['1 2', 'bad-json'],
    ['"open', 'bad-json'],
    ['\ufeff{}', 'bad-json'],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too-deep'],
  ])('%s is refused: %s', (text, expected) => {
    expect(code(() => Json.decode(text))).toBe(expected)
  })

  test('a member called __proto__ is a member and no prototype', () => {
    const value = Json.decode('{"__proto__":{"admin":true},"a":1}') as Record<string, unknown>
    expect(Object.hasOwn(value, '__proto__')).toBe(true)
    expect(value['admin']).toBeUndefined()
  })

  test('surrogate pairs and escapes', () => {
    expect(Json.decode('"\\ud83d\\ude00 \\u20ac\\/\\n"')).toBe('😀 €/\n')
  })

  test('says where it breaks', () => {
    expect(() => Json.decode('{"a":tru}')).toThrowError(expect.objectContaining({ at: 5 }) as Error)
  })
})
