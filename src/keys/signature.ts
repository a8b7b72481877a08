/**
 * secp256k1 signatures as they travel: 65 bytes r‖s‖v with v 27 or 28, or 64 bytes EIP-2098 (yParity in the top
 * bit of s). Only low-s is canonical (tempo session draft, "Signature Malleability").
 */
import { secp256k1 } from '@noble/curves/secp256k1'
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import { keccak256 } from './keccak.ts'

/** The order of the group, and the largest s that is canonical. */
export const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/** The largest s of a canonical signature. */
export const halfOrder = order / 2n

/** A secp256k1 signature. */
export interface Signature {
  r: bigint
  s: bigint
  yParity: 0 | 1
}

/** Recovers a public key (65 bytes, uncompressed) or throws. Replaceable: a native curve is 40 times faster. */
export type Recover = (digest: Uint8Array, compact: Uint8Array, yParity: 0 | 1) => Uint8Array

/** The curve that is always there. */
export const recoverPublicKey: Recover = (digest, compact, yParity) =>
  secp256k1.Signature.fromCompact(compact).addRecoveryBit(yParity).recoverPublicKey(digest).toRawBytes(false)

/**
 * Hex to a signature. Throws `DecodeError`: `bad-length` unless 64 or 65 bytes, `bad-value` for another v
 * (v 0 and 1 too, spec/readings.md A20), `out-of-range` when r or s is zero or not below the order.
 */
export function decode(text: string): Signature {
  const hex = Hex.normalize(text)
  const bytes = (hex.length - 2) / 2
  if (bytes !== 65 && bytes !== 64)
    throw new DecodeError('bad-length', `a signature has 65 or 64 bytes, not ${bytes}`)
  const r = BigInt(hex.slice(0, 66))
  const second = BigInt(`0x${hex.slice(66, 130)}`)
  const topBit = 1n << 255n
  let s = second
  let yParity: number
  if (bytes === 64) {
    s = second & (topBit - 1n)
    yParity = second & topBit ? 1 : 0
  } else yParity = Number.parseInt(hex.slice(130), 16) - 27
  if (yParity !== 0 && yParity !== 1) throw new DecodeError('bad-value', 'v must be 27 or 28', { at: 130 })
  if (r === 0n || r >= order || s === 0n || s >= order)
    throw new DecodeError('out-of-range', 'r and s must be between 1 and the order of the curve')
  return { r, s, yParity }
}

const word = (value: bigint) => value.toString(16).padStart(64, '0')

/** A signature to 65 bytes, v 27 or 28. */
export const encode = ({ r, s, yParity }: Signature): Hex.Hex =>
  `0x${word(r)}${word(s)}${(27 + yParity).toString(16)}`

/** A signature to the 64 bytes of EIP-2098. Throws `RangeError` for a high s, which that form cannot hold. */
export function encodeCompact({ r, s, yParity }: Signature): Hex.Hex {
  if (s > halfOrder) throw new RangeError('EIP-2098 holds low-s signatures only')
  return `0x${word(r)}${word(s | (BigInt(yParity) << 255n))}`
}

/** Whether s is at most half the order. */
export const isCanonical = ({ s }: Signature): boolean => s <= halfOrder

/** The other signature of the same message by the same key: s negated, parity flipped. */
export const malleated = ({ r, s, yParity }: Signature): Signature => ({
  r,
  s: order - s,
  yParity: yParity === 0 ? 1 : 0,
})

/** Who signed the digest, or undefined when no key did (r is on no point of the curve). High s recovers too. */
export function recover(
  signature: Signature,
  digest: Hex.Bytes32,
  recoverKey: Recover = recoverPublicKey,
): Hex.Address | undefined {
  const canonical = isCanonical(signature) ? signature : malleated(signature)
  try {
    return addressOf(
      recoverKey(
        Hex.decode(digest),
        Hex.decode(`0x${word(canonical.r)}${word(canonical.s)}`),
        canonical.yParity,
      ),
    )
  } catch {
    // Both curves throw for a point that does not exist: there is no signer then.
    return undefined
  }
}

/** The address of an uncompressed public key. */
export const addressOf = (publicKey: Uint8Array): Hex.Address =>
  `0x${keccak256(publicKey.subarray(1)).slice(-40)}`
