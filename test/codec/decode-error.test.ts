/** What a failed decode tells its caller: a code to match on, and the place as seen from the value that was decoded. */
import { expect, test } from 'vitest'
import { DecodeError, inside } from '../../src/codec/decode-error.ts'
import * as Utf8 from '../../src/codec/utf8.ts'

const thrownBy = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}

test('an error without a place has an empty path, no offset and no cause', () => {
  const error = new DecodeError('empty', 'nothing there')
  expect(error).toMatchObject({ name: 'DecodeError', code: 'empty', message: 'nothing there', path: [] })
  expect(error.at).toBeUndefined()
  expect(Object.hasOwn(error, 'cause')).toBe(false)
})

test('what lies beneath is kept as its cause', () => {
  const cause = new Error('beneath')
  const error = new DecodeError('bad-json', 'text', { cause })
  expect(error.cause).toBe(cause)
  expect(error.within('a').cause).toBe(cause)
  expect(thrownBy(() => Utf8.decode(Uint8Array.of(0xff)))).toMatchObject({ cause: expect.any(TypeError) })
})

test('seen from an enclosing value the path is longer and all else the same', () => {
  const error = new DecodeError('bad-value', 'text', { path: ['c', 0], at: 0 })
  expect(error.within('a', 'b')).toMatchObject({
    code: 'bad-value',
    message: 'text',
    path: ['a', 'b', 'c', 0],
    at: 0,
  })
  expect(new DecodeError('empty', 'text').within('a').at).toBeUndefined()
  expect(Object.hasOwn(new DecodeError('empty', 'text').within('a'), 'cause')).toBe(false)
})

test('a part that fails is named; what is no decode error passes as it is', () => {
  expect(inside(['a'], () => 1)).toBe(1)
  expect(
    thrownBy(() =>
      inside(['a', 1], () => {
        throw new DecodeError('empty', 'text', { path: ['b'], at: 7 })
      }),
    ),
  ).toMatchObject({ code: 'empty', path: ['a', 1, 'b'], at: 7 })
  const other = new TypeError('another')
  expect(
    thrownBy(() =>
      inside(['a'], () => {
        throw other
      }),
    ),
  ).toBe(other)
})
