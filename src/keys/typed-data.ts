/**
 * EIP-712: what is signed under a domain. The one implementation for vouchers, close authorizations, proofs and
 * EIP-3009 transfers; types are given as their hashes, members as static values.
 */
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import * as HexCodec from '../codec/hex.ts'
import type { Account } from './account.ts'
import { keccak256, keccakBytes, keccakText, words } from './keccak.ts'
import * as Signature from './signature.ts'

/** Whom a signature is for. Without a `verifyingContract` the domain's type lacks that member too. */
export interface TypedDomain {
  name: string
  version: string
  chainId: number
  verifyingContract?: Address
}

const members = 'string name,string version,uint256 chainId'
const contractDomain = keccakText(`EIP712Domain(${members},address verifyingContract)`)
const plainDomain = keccakText(`EIP712Domain(${members})`)

/** The domain separator (EIP-712, "Definition of domainSeparator"). */
export function domainSeparator({ name, version, chainId, verifyingContract }: TypedDomain): Bytes32 {
  const named = [keccakText(name), keccakText(version), chainId] as const
  return keccak256(
    verifyingContract === undefined
      ? words(plainDomain, ...named)
      : words(contractDomain, ...named, verifyingContract),
  )
}

/** The 32 bytes a signer signs: of a struct by the hash of its type and its members, text and bytes hashed by the caller. */
export function digest(
  separator: Bytes32,
  typeHash: Bytes32,
  ...values: readonly (Hex | bigint | number)[]
): Bytes32 {
  const structHash = keccak256(words(typeHash, ...values))
  return keccak256(`0x1901${separator.slice(2)}${structHash.slice(2)}`)
}

/** As `digest`, of bytes: the separator's 32, and the struct's type hash with its members. */
export function digestOfBytes(separator: Uint8Array, struct: Uint8Array): Bytes32 {
  signed.set(separator, 2)
  signed.set(keccakBytes(struct), 34)
  return HexCodec.encode(keccakBytes(signed))
}

/** What is hashed last; used within one call. */
const signed = new Uint8Array(66)
signed.set([0x19, 0x01])

/** Signs a digest: 65 bytes, v 27 or 28, low s whatever the account answers. Throws what the account throws. */
export async function sign(hash: Bytes32, account: Account): Promise<Hex> {
  const signature = Signature.decode(await account.sign({ hash }))
  return Signature.encode(Signature.isCanonical(signature) ? signature : Signature.malleated(signature))
}
