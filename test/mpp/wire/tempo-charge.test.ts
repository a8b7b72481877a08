/** The tempo charge request: what it asks to be transferred, and what covers that. */
import { describe, expect, test } from 'vitest'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as TempoCharge from '../../../src/mpp/wire/tempo-charge.ts'
import { address, bytes32, token } from '../../support/samples.ts'

const [shop, platform, friend] = [address('a1'), address('b2'), address('c3')]
const memo = bytes32('0d')
const request: TempoCharge.Request = {
  amount: 1_000_000n,
  currency: token,
  recipient: shop,
  methodDetails: {
    chainId: 42_431,
    memo,
    splits: [
      { amount: 50_000n, recipient: platform },
      { amount: 10_000n, recipient: friend, memo: bytes32('0e') },
    ],
  },
}
const asked = TempoCharge.transfersOf(request)

test('a request is read back as it was written', () => {
  expect(TempoCharge.decode(TempoCharge.encode(request))).toEqual(request)
})

test('the recipient gets what the splits leave; a zero amount asks for no transfer', () => {
  expect(asked).toEqual([
    { to: shop, amount: 940_000n, memo },
    { to: platform, amount: 50_000n, memo: undefined },
    { to: friend, amount: 10_000n, memo: bytes32('0e') },
  ])
  expect(TempoCharge.transfersOf({ ...request, amount: 0n, methodDetails: {} })).toEqual([])
})

test('splits that leave nothing are not written', () => {
  expect(() => TempoCharge.encode({ ...request, amount: 60_000n })).toThrow(TypeError)
})

describe('transfers cover a request', () => {
  test('in any order, among others', () => {
    const others = [{ to: platform, amount: 1n }]
    expect(TempoCharge.covers([...asked].reverse().concat(others), asked)).toBe(true)
  })
  test.each([
    ['one is missing', asked.slice(1)],
    ['one is for less', [{ ...asked[0], amount: 939_999n }, ...asked.slice(1)]],
    ['one goes elsewhere', [{ ...asked[0], to: friend }, ...asked.slice(1)]],
    ['a memo is another', [{ ...asked[0], memo: bytes32('ff') }, ...asked.slice(1)]],
    ['a memo is missing', [{ ...asked[0], memo: undefined }, ...asked.slice(1)]],
  ])('but not when %s', (_, made) => {
    expect(TempoCharge.covers(made as TempoCharge.Transfer[], asked)).toBe(false)
  })
  test('each transfer counts once, and one with a memo is kept for who asks for it', () => {
    const share = { to: platform, amount: 5n }
    expect(TempoCharge.covers([share], [share, share])).toBe(false)
    const noted = { ...share, memo }
    expect(TempoCharge.covers([noted, share], [share, noted])).toBe(true)
    expect(TempoCharge.covers([noted], [share])).toBe(true)
  })
})

test.each([
  ['a currency that is no address', { amount: '1', currency: 'usd', recipient: shop }],
  ['no recipient', { amount: '1', currency: token }],
  [
    'an empty list of splits',
    { amount: '1', currency: token, recipient: shop, methodDetails: { splits: [] } },
  ],
  [
    'an unknown mode',
    { amount: '1', currency: token, recipient: shop, methodDetails: { supportedModes: ['tow'] } },
  ],
])('a request with %s is refused', (_, wire) => {
  expect(() => TempoCharge.decode(Challenge.encodeObject(wire))).toThrow()
})
