/**
 * Signatures as the chain takes them (TIP-1020): 65 bytes secp256k1 with v 0, 1, 27 or 28 and low s, P256
 * (130 bytes, type 0x01) and WebAuthn (type 0x02). Keychain wrappers (0x03, 0x04) and any other length are not
 * signatures of a direct signer.
 */
import * as Hex from '../codec/hex.ts'
import { recoverP256, recoverWebAuthn } from './passkey.ts'
import * as Signature from './signature.ts'

/** Longest WebAuthn signature, type byte included. */
const maxWebAuthnBytes = 2_049

/** The address that signed the digest, by the chain's rules; undefined when there is none. */
export function recoverTyped(
  digest: Hex.Bytes32,
  signature: Hex.Hex,
  recoverKey?: Signature.Recover,
): Hex.Address | undefined {
  const bytes = (signature.length - 2) / 2
  if (bytes === 65) return recoverSecp256k1(digest, signature, recoverKey)
  const type = signature.slice(0, 4)
  if (type === '0x01' && bytes === 130) return recoverP256(Hex.decode(digest), body(signature))
  if (type === '0x02' && bytes >= 129 && bytes <= maxWebAuthnBytes)
    return recoverWebAuthn(Hex.decode(digest), body(signature))
  return undefined
}

/** A typed signature without its type byte. */
const body = (signature: Hex.Hex) => Hex.decode(`0x${signature.slice(4)}`)

function recoverSecp256k1(digest: Hex.Bytes32, signature: Hex.Hex, recoverKey?: Signature.Recover) {
  const v = Number.parseInt(signature.slice(130), 16)
  const onWire =
    v === 0 || v === 1 ? (`${signature.slice(0, 130)}${(v + 27).toString(16)}` as Hex.Hex) : signature
  const decoded = decodeOrNone(onWire)
  if (decoded === undefined || !Signature.isCanonical(decoded)) return undefined
  return Signature.recover(decoded, digest, recoverKey)
}

function decodeOrNone(signature: Hex.Hex): Signature.Signature | undefined {
  try {
    return Signature.decode(signature)
  } catch {
    // The chain answers "no valid signature" for text that is none; there is no error to keep.
    return undefined
  }
}
