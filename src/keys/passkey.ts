/**
 * Signatures of P256 keys, as the chain takes them from passkeys (TIP-1020): P256 over the digest (type 0x01), and
 * WebAuthn assertions whose challenge is the digest (type 0x02). The public key stands in the signature.
 */
import { p256 } from '@noble/curves/p256'
import { sha256 } from '@noble/hashes/sha2'
import * as Base64url from '../codec/base64url.ts'
import type * as Hex from '../codec/hex.ts'
import * as Utf8 from '../codec/utf8.ts'
import { addressOf } from './signature.ts'

/** r, s, x and y, 32 bytes each. */
const keyedBytes = 128
/** Shortest authenticator data, in bytes: hash of the relying party, flags, counter (WebAuthn, section 6.1). */
const minAuthenticatorBytes = 37
/** Flags of the authenticator (WebAuthn, section 6.1). */
const userPresent = 0x01
const backupEligible = 0x08
const backedUp = 0x10

/** Signer of a P256 signature after its type byte: r, s, x, y and whether the digest is hashed once more. */
export function recoverP256(digest: Uint8Array, bytes: Uint8Array): Hex.Address | undefined {
  if (bytes.length !== keyedBytes + 1) return undefined
  return signer(bytes.subarray(0, keyedBytes), digest, bytes[keyedBytes] !== 0)
}

/** Signer of a WebAuthn signature after its type byte: authenticator data, client data as JSON, then r, s, x, y. */
export function recoverWebAuthn(digest: Uint8Array, bytes: Uint8Array): Hex.Address | undefined {
  const end = bytes.length - keyedBytes
  const split = clientDataStart(bytes.subarray(0, end))
  if (split === undefined) return undefined
  const authenticator = bytes.subarray(0, split)
  const clientData = bytes.subarray(split, end)
  if (!isPresent(authenticator[32] ?? 0) || !isAssertion(clientData, digest)) return undefined
  const signed = new Uint8Array([...authenticator, ...sha256(clientData)])
  return signer(bytes.subarray(end), signed, true)
}

/** The owner of the key, when the signature is its own and has low s. */
function signer(keyed: Uint8Array, message: Uint8Array, prehash: boolean): Hex.Address | undefined {
  const publicKey = new Uint8Array([4, ...keyed.subarray(64)])
  try {
    const valid = p256.verify(keyed.subarray(0, 64), message, publicKey, { lowS: true, prehash })
    return valid ? addressOf(publicKey) : undefined
  } catch {
    // The curve throws for a key that is not a point on it: there is no signer then.
    return undefined
  }
}

/** Where the client data begins: nothing states the length of what stands before it. */
function clientDataStart(bytes: Uint8Array): number | undefined {
  for (let at = minAuthenticatorBytes; at < bytes.length; at++)
    if (bytes[at] === 0x7b && parse(bytes.subarray(at)) !== undefined) return at
  return undefined
}

const isPresent = (flags: number): boolean =>
  (flags & userPresent) !== 0 && !((flags & backedUp) !== 0 && (flags & backupEligible) === 0)

function isAssertion(clientData: Uint8Array, digest: Uint8Array): boolean {
  const { type, challenge } = parse(clientData) ?? {}
  return type === 'webauthn.get' && challenge === Base64url.encode(digest)
}

function parse(bytes: Uint8Array): { type?: unknown; challenge?: unknown } | undefined {
  try {
    return JSON.parse(Utf8.decode(bytes)) as { type?: unknown; challenge?: unknown }
  } catch {
    // The next brace may be where the client data begins.
    return undefined
  }
}
