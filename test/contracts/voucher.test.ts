/** Vouchers and signatures, against viem. */
import fc from 'fast-check'
import {
  hashTypedData,
  hexToCompactSignature,
  parseSignature,
  serializeCompactSignature,
  signatureToCompactSignature,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/codec/hex.ts'
import * as Hexes from '../../src/codec/hex.ts'
import { maxUint96 } from '../../src/codec/uint.ts'
import * as Voucher from '../../src/contracts/voucher.ts'
import { accountFromKey } from '../../src/keys/accounts.ts'
import { fastestCurve } from '../../src/keys/native-curve.ts'
import * as Signature from '../../src/keys/signature.ts'
import { code } from '../support/codes.ts'

const key = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((bytes) => bytes.some((byte) => byte > 0) && (bytes[0] as number) < 255)
  .map(Hexes.encode)
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map(Hexes.encode)
const escrow: Hex = '0x4d50500000000000000000000000000000000000'
const domain = { protocol: 'v2', chainId: 42431, escrow } as const
const voucher = { channelId: `0x${'12'.repeat(32)}`, cumulativeAmount: 250_000n } as const
const account = accountFromKey(`0x${'22'.repeat(32)}`)

describe('voucher', () => {
  test('hashes as viem hashes typed data, v1 and v2', () => {
    fc.assert(
      fc.property(
        bytes32,
        fc.bigInt(0n, maxUint96),
        fc.nat(),
        fc.constantFrom('v1' as const, 'v2' as const),
        (channelId, cumulativeAmount, chainId, protocol) => {
          const name = protocol === 'v1' ? 'Tempo Stream Channel' : 'TIP20 Channel Reserve'
          const type = protocol === 'v1' ? 'uint128' : 'uint96'
          const expected = hashTypedData({
            domain: { name, version: '1', chainId, verifyingContract: escrow },
            types: {
              Voucher: [
                { name: 'channelId', type: 'bytes32' },
                { name: 'cumulativeAmount', type },
              ],
            },
            primaryType: 'Voucher',
            message: { channelId, cumulativeAmount },
          })
          expect(Voucher.digest({ channelId, cumulativeAmount }, { protocol, chainId, escrow })).toBe(
            expected,
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  test('what is signed recovers to the signer, by either curve; viem signs the same', async () => {
    await fc.assert(
      fc.asyncProperty(key, async (privateKey) => {
        const own = accountFromKey(privateKey)
        const theirs = privateKeyToAccount(privateKey)
        expect(own.address).toBe(theirs.address.toLowerCase())
        const signature = await Voucher.sign(voucher, domain, own)
        expect(signature).toBe(await Voucher.sign(voucher, domain, theirs))
        expect(Voucher.recover(voucher, domain, signature)).toBe(own.address)
        expect(Voucher.recover(voucher, domain, signature, fastestCurve)).toBe(own.address)
        expect(Voucher.verify(voucher, domain, signature, own.address)).toBe(true)
      }),
      { numRuns: 8 },
    )
  })

  test('another amount, channel, chain, escrow or protocol has another signer', async () => {
    const signature = await Voucher.sign(voucher, domain, account)
    const others = [
      [{ ...voucher, cumulativeAmount: 250_001n }, domain],
      [{ ...voucher, channelId: `0x${'13'.repeat(32)}` as Hex }, domain],
      [voucher, { ...domain, chainId: 42432 }],
      [voucher, { ...domain, escrow: `0x${'11'.repeat(20)}` as Hex }],
      [voucher, { ...domain, protocol: 'v1' as const }],
    ] as const
    for (const [message, under] of others)
      expect(Voucher.verify(message, under, signature, account.address)).toBe(false)
  })

  test('an amount that does not fit has no digest', () => {
    expect(() => Voucher.digest({ ...voucher, cumulativeAmount: 2n ** 96n }, domain)).toThrow(RangeError)
    expect(() => Voucher.digest({ ...voucher, cumulativeAmount: -1n }, domain)).toThrow(RangeError)
    expect(
      Voucher.digest({ ...voucher, cumulativeAmount: 2n ** 96n }, { ...domain, protocol: 'v1' }),
    ).toMatch(/^0x/)
  })
})

describe('signature', () => {
  test('compact form as viem writes it, and back', async () => {
    const hex = await Voucher.sign(voucher, domain, account)
    const compact = serializeCompactSignature(signatureToCompactSignature(parseSignature(hex)))
    expect(Signature.encodeCompact(Signature.decode(hex))).toBe(compact)
    expect(Signature.encode(Signature.decode(compact))).toBe(hex)
    expect(hexToCompactSignature(compact).r).toBe(hex.slice(0, 66))
  })

  test('high s recovers to the same signer and is not canonical', async () => {
    const signature = Signature.decode(await Voucher.sign(voucher, domain, account))
    const high = Signature.malleated(signature)
    expect(Signature.isCanonical(signature)).toBe(true)
    expect(Signature.isCanonical(high)).toBe(false)
    expect(Signature.recover(high, Voucher.digest(voucher, domain))).toBe(account.address)
    expect(Voucher.verify(voucher, domain, Signature.encode(high), account.address)).toBe(false)
    expect(Signature.malleated(high)).toEqual(signature)
    expect(() => Signature.encodeCompact(high)).toThrow(RangeError)
    expect(Signature.isCanonical({ ...signature, s: Signature.halfOrder })).toBe(true)
    expect(Signature.isCanonical({ ...signature, s: Signature.halfOrder + 1n })).toBe(false)
  })

  const word = (value: bigint) => value.toString(16).padStart(64, '0')
  test.each([
    ['63 bytes', `0x${'11'.repeat(63)}`, 'bad-length'],
    ['66 bytes', `0x${'11'.repeat(66)}`, 'bad-length'],
    ['empty', '0x', 'bad-length'],
    ['v 0', `0x${'11'.repeat(64)}00`, 'bad-value'],
    ['v 1', `0x${'11'.repeat(64)}01`, 'bad-value'],
    ['v 29', `0x${'11'.repeat(64)}1d`, 'bad-value'],
    ['r 0', `0x${word(0n)}${word(1n)}1b`, 'out-of-range'],
    ['s 0', `0x${word(1n)}${word(0n)}1b`, 'out-of-range'],
    ['r = n', `0x${word(Signature.order)}${word(1n)}1b`, 'out-of-range'],
    ['s = n', `0x${word(1n)}${word(Signature.order)}1b`, 'out-of-range'],
    ['no hex', 'signature', 'bad-syntax'],
  ])('%s is refused', (_, text, expected) => {
    expect(code(() => Signature.decode(text))).toBe(expected)
  })

  test('a point that is on no curve was signed by nobody', () => {
    const nowhere = { r: 5n, s: 1n, yParity: 0 as const }
    expect(Signature.recover(nowhere, `0x${'11'.repeat(32)}`)).toBeUndefined()
    expect(Signature.recover(nowhere, `0x${'11'.repeat(32)}`, fastestCurve)).toBeUndefined()
  })
})
