/** `Accept-Payment`: ranges read and written, the weight of an offer, the order of several. */
import { describe, expect, test } from 'vitest'
import * as Preferences from '../../../src/mpp/wire/preferences.ts'
import { refusal } from '../../support/codes.ts'

const range = (method: string, intent: string, q = 1) => ({ method, intent, q })

describe('a field', () => {
  test.each<[string, Preferences.PaymentRange[]]>([
    ['', []],
    [' , ,', []],
    ['tempo/session', [range('tempo', 'session')]],
    ['tempo/session;q=0.5, */*;q=0', [range('tempo', 'session', 0.5), range('*', '*', 0)]],
    ['*/Charge-2 \t;\t Q=1.000', [range('*', 'Charge-2')]],
    ['a/*;q=0.', [range('a', '*', 0)]],
    ['a/*;q=1.', [range('a', '*')]],
    ['a/b;q=0.123', [range('a', 'b', 0.123)]],
  ])('%j', (field, ranges) => {
    expect(Preferences.decode(field)).toEqual(ranges)
  })
  test.each<[string, number]>([
    ['tempo', 0],
    ['a/b,c', 4],
    ['a/b, c/d ,e', 10],
    [',,x', 2],
    ['a/b,', -1],
    ['a/b;q=1.001', 0],
    ['a/b;q=0.1234', 0],
    ['a/b;q=2', 0],
    ['a/b;q=', 0],
    ['a/b;q=1;q=1', 0],
    ['a/b c/d', 0],
    ['A/b', 0],
    ['a*/b', 0],
    ['a/b*', 0],
    ['a/b_', 0],
    ['/b', 0],
    ['a/', 0],
  ])('%j breaks at %s, if it does', (field, at) => {
    expect(refusal(() => Preferences.decode(field))).toEqual(at < 0 ? undefined : { code: 'bad-syntax', at })
  })
  test('is written with at most three decimals, without a weight of 1, and read back', () => {
    const ranges = [range('tempo', 'session'), range('*', 'charge', 0.25), range('a', '*', 0)]
    const field = 'tempo/session, */charge;q=0.25, a/*;q=0'
    expect(Preferences.encode(ranges)).toBe(field)
    expect(Preferences.decode(field)).toEqual(ranges)
    expect(Preferences.encode([range('a', 'b', 1 / 3)])).toBe('a/b;q=0.333')
    for (const bad of [range('A', 'b'), range('a', ''), range('a', 'b', 1.5), range('a', 'b', -1)])
      expect(() => Preferences.encode([bad])).toThrow(TypeError)
  })
})

describe('the weight of an offer', () => {
  const offer = { method: 'tempo', intent: 'session' }
  test.each<[string, string, number]>([
    ['nothing matches', 'a/session, tempo/charge', 0],
    ['an exact range', 'tempo/session;q=0.3', 0.3],
    ['any method', '*/session;q=0.4', 0.4],
    ['any method, another intent', '*/charge;q=0.4', 0],
    ['any intent', 'tempo/*;q=0.5', 0.5],
    ['any intent, another method', 'a/*;q=0.5', 0],
    ['anything', '*/*;q=0.6', 0.6],
    ['the exact one, before the wider', 'tempo/session;q=0.1, tempo/*;q=0.9, */*', 0.1],
    ['the exact one, after the wider', '*/*, */session;q=0.9, tempo/session;q=0.1', 0.1],
    ['half a match above none', '*/session;q=0.2, */*;q=0.9', 0.2],
    ['half a match above none, on the other side', 'tempo/*;q=0.2, */*;q=0.9', 0.2],
    ['the highest among equals, first', 'tempo/*;q=0.8, */session;q=0.2', 0.8],
    ['the highest among equals, last', 'tempo/*;q=0.2, */session;q=0.8', 0.8],
    ['refused', 'tempo/session;q=0, */*', 0],
  ])('%s', (_, field, weight) => {
    expect(Preferences.weight(offer, Preferences.decode(field))).toBe(weight)
  })
})

test('offers in the order a client wants them; those it never takes are left out', () => {
  const offers = ['a', 'b', 'c', 'd'].map((method, place) => ({ method, intent: 'charge', place }))
  const order = (field: string) =>
    Preferences.rank(offers, Preferences.decode(field)).map(({ method }) => method)
  expect(order('*/*')).toEqual(['a', 'b', 'c', 'd'])
  expect(order('c/*, */charge;q=0.5, a/charge;q=0')).toEqual(['c', 'b', 'd'])
  expect(order('')).toEqual([])
})
