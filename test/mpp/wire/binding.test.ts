/** What a challenge id is computed over, and which parameters cannot be bound. */
import { hmac } from '@noble/hashes/hmac'
import { sha256 } from '@noble/hashes/sha2'
import { describe, expect, test } from 'vitest'
import * as Base64url from '../../../src/codec/base64url.ts'
import * as Digest from '../../../src/codec/digest.ts'
import * as Binding from '../../../src/mpp/wire/binding.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import { refusal } from '../../support/codes.ts'

const secret = 'a secret that has at least 32 bytes'
const bytes = new TextEncoder().encode(secret)
const bound = { realm: 'r', method: 'm', intent: 'i', request: Challenge.encodeObject({}) }
const rest = {
  expires: '2026-01-06T12:05:00Z',
  digest: Digest.encode(new Uint8Array()),
  opaque: Challenge.encodeObject({ a: 'b' }),
}
const header = 'Payment-Authorization'

describe('the slots', () => {
  test('are seven, empty where nothing is given', () => {
    expect(Binding.slots(bound)).toEqual(['r', 'm', 'i', 'e30', '', '', ''])
    expect(Binding.slots({ ...bound, ...rest })).toEqual([
      'r',
      'm',
      'i',
      'e30',
      rest.expires,
      rest.digest,
      rest.opaque,
    ])
  })
  test('are eight with a header, which draft-00 does not know', () => {
    const all = { ...bound, ...rest, header }
    const eight = ['r', 'm', 'i', 'e30', rest.expires, rest.digest, header, rest.opaque]
    expect(Binding.slots(all)).toEqual(eight)
    expect(Binding.slots(all, '01')).toEqual(eight)
    expect(Binding.slots(all, '00')).toEqual(eight.toSpliced(6, 1))
  })
  test('make the id, under a secret that is text or bytes', () => {
    const id = Base64url.encode(hmac(sha256, bytes, new TextEncoder().encode('r|m|i|e30|||')))
    expect(Binding.id(bound, secret)).toBe(id)
    expect(Binding.id(bound, bytes)).toBe(id)
    expect(Binding.issue(bound, bytes)).toEqual({ ...bound, id })
    expect(Binding.id(bound, '')).not.toBe(id)
  })
})

describe('an echo', () => {
  const all = { ...bound, ...rest, header }
  const issued = Binding.issue(all, secret)
  test('is verified in the revision it was issued in', () => {
    expect(Binding.verify(issued, bytes)).toBeUndefined()
    expect(Binding.verify(issued, secret, '00')?.problem).toBe('invalid-challenge')
    const old = { ...all, id: Binding.id(all, secret, '00') }
    expect(Binding.verify(old, [bytes], '00')).toBeUndefined()
    expect(Binding.verify(old, secret)?.problem).toBe('invalid-challenge')
  })
  test('is refused when its id is longer, shorter, or differs in its first or last character', () => {
    const { id } = issued
    const other = (char: string | undefined) => (char === 'A' ? 'B' : 'A')
    for (const wrong of [
      `${id}A`,
      id.slice(0, -1),
      '',
      other(id[0]) + id.slice(1),
      id.slice(0, -1) + other(id.at(-1)),
    ])
      expect(Binding.verify({ ...issued, id: wrong }, secret)?.problem).toBe('invalid-challenge')
  })
  test('that could not have been issued is refused, even under its id', () => {
    for (const change of [
      { realm: 'a|b' },
      { request: '' },
      { expires: 'soon' },
      { digest: 'x' },
      { opaque: '!' },
      { header: 'Cookie' },
    ]) {
      const echo = { ...all, ...change }
      expect(Binding.verify({ ...echo, id: Binding.id(echo, secret) }, secret)?.problem).toBe(
        'invalid-challenge',
      )
    }
  })
  test('what is no text at all is our caller’s mistake, and no refusal', () => {
    expect(() => Binding.verify({ ...issued, realm: undefined as unknown as string }, secret)).toThrow(
      TypeError,
    )
  })
})

test.each([
  ['realm', 'a|b', { code: 'bad-character', path: 'realm' }],
  ['request', 'W10', { code: 'wrong-type', path: 'request' }],
  ['expires', 'soon', { code: 'bad-syntax' }],
  ['digest', 'x', { code: 'bad-syntax', at: 0 }],
  ['opaque', Challenge.encodeObject({ a: 1 }), { code: 'wrong-type', path: 'opaque.a' }],
  ['header', 'Cookie', { code: 'bad-value', path: 'header' }],
])('%s that could be read back two ways is not issued', (name, value, expected) => {
  expect(refusal(() => Binding.issue({ ...bound, [name]: value }, secret))).toEqual(expected)
})

test('an id is that of its own challenge and secret, whichever was asked for before', () => {
  const idOf = (realm: string, key: Uint8Array) =>
    Base64url.encode(hmac(sha256, key, new TextEncoder().encode(`${realm}|m|i|e30|||`)))
  const [one, other] = ['a secret that has at least 32 bytes', 'another one, of at least 32 bytes']
  const changed = new TextEncoder().encode(one)
  const asked = [
    ['r', one],
    ['r', one],
    ['s', one],
    ['s', other],
    ['r', other],
    ['r', one],
  ] as const
  for (const [realm, key] of asked)
    expect(Binding.id({ ...bound, realm }, key)).toBe(idOf(realm, new TextEncoder().encode(key)))
  expect(Binding.id(bound, changed)).toBe(idOf('r', changed))
  changed.fill(7)
  expect(Binding.id(bound, changed)).toBe(idOf('r', changed))
})
