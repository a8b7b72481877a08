/** Keccak-256, and the 32-byte words of the contract ABI for static values. */
import { keccak_256 } from '@noble/hashes/sha3'
import * as Hex from '../codec/hex.ts'
import * as Utf8 from '../codec/utf8.ts'

/** Keccak-256 of bytes, hex, to hex. */
export const keccak256 = (value: Uint8Array | Hex.Hex): Hex.Bytes32 =>
  Hex.encode(keccak_256(typeof value === 'string' ? Hex.decode(value) : value)) as Hex.Bytes32

/** Keccak-256 of text as UTF-8: type hashes and selectors. */
export const keccakText = (text: string): Hex.Bytes32 => keccak256(Utf8.encode(text))

/** `abi.encode` of static values: hex values are padded left to a word, numbers are unsigned. */
export function words(...values: readonly (Hex.Hex | bigint | number)[]): Hex.Hex {
  return `0x${values
    .map((value) =>
      (typeof value === 'string' ? value.slice(2).toLowerCase() : value.toString(16)).padStart(64, '0'),
    )
    .join('')}`
}
