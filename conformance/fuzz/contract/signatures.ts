/**
 * How the model signs vouchers and how its contract checks them: with real keys, or pretended, so that a million
 * calls take seconds. Pretended signatures carry what they claim as text; they are as unforgeable as their reader
 * is strict.
 */
import { secp256k1 } from '@noble/curves/secp256k1'
import { DecodeError } from '../../../src/codec/decode-error.ts'
import * as Hex from '../../../src/codec/hex.ts'
import * as EIP712 from '../../../src/contracts/voucher.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import * as Signature from '../../../src/keys/signature.ts'
import { recoverTyped } from '../../../src/keys/signature-verifier.ts'
import type { Voucher } from './request.ts'

/** What is signed: the channel's id and the amount, under the contract's domain. */
export interface Signatures {
  sign(voucher: Voucher, channelId: Hex.Bytes32, domain: EIP712.Domain): Hex.Hex
  isSignedBy(signer: Hex.Address, voucher: EIP712.Voucher, signature: Hex.Hex, domain: EIP712.Domain): boolean
}

/** No cryptography: the signature is the statement itself. */
export const pretended: Signatures = {
  sign: ({ by, cumulativeAmount, form }, channelId) =>
    `0x${form === 'canonical' ? '' : form}${by.slice(2)}${channelId.slice(2)}${cumulativeAmount.toString(16)}`,
  isSignedBy: (signer, { channelId, cumulativeAmount }, signature) =>
    signature === `0x${signer.slice(2)}${channelId.slice(2)}${cumulativeAmount.toString(16)}`,
}

/** Real signatures under real keys, checked as the chain checks them. */
export const real: Signatures = {
  sign: ({ by, cumulativeAmount, form }, channelId, domain) => {
    const key = keys.get(by)
    if (form === 'garbage' || key === undefined) return `0x${'00'.repeat(65)}`
    const { r, s, recovery } = secp256k1.sign(
      EIP712.digest({ channelId, cumulativeAmount }, domain).slice(2),
      key,
    )
    const canonical: Signature.Signature = { r, s, yParity: recovery === 1 ? 1 : 0 }
    const signature = Signature.encode(form === 'high-s' ? Signature.malleated(canonical) : canonical)
    return form === 'keychain' ? `0x03${by.slice(2)}${signature.slice(2)}` : signature
  },
  isSignedBy: (signer, voucher, signature, domain) =>
    domain.protocol === 'v2'
      ? recoverTyped(EIP712.digest(voucher, domain), signature, fastestCurve) === signer
      : isV1Signature(signature) && EIP712.verify(voucher, domain, signature, signer, fastestCurve),
}

function isV1Signature(signature: Hex.Hex): boolean {
  try {
    Signature.decode(signature)
    return true
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

const publicKey = (key: Uint8Array) => secp256k1.getPublicKey(key, false)
const keyOf = (n: number) => Hex.decode(`0x${(n + 1).toString(16).padStart(64, '0')}`)

/** Who may act, and sign: addresses of the private keys 1, 2, 3 … */
export const people: readonly Hex.Address[] = Array.from({ length: 7 }, (_, n) =>
  Signature.addressOf(publicKey(keyOf(n))),
)
const keys = new Map(people.map((person, n) => [person, keyOf(n)]))
