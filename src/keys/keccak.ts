/** Keccak-256, and the 32-byte words of the contract ABI for static values. */
import { keccak_256 } from '@noble/hashes/sha3'
import * as Hex from '../codec/hex.ts'
import * as Utf8 from '../codec/utf8.ts'
import { permutation } from './keccak-wasm.ts'

/** Bytes that are taken in at once, of the 200 of the state: 1600 bits less twice 256. */
const rate = 136
const fast = permutation()

/** Keccak-256 of bytes, on the fastest code there is here. The answer is the caller's. */
export function keccakBytes(message: Uint8Array): Uint8Array {
  if (fast === undefined) return keccak_256(message)
  const { state, run } = fast
  state.fill(0)
  let start = 0
  for (; start + rate <= message.length; start += rate) {
    for (let i = 0; i < rate; i++) (state[i] as number) ^= message[start + i] as number
    run()
  }
  const rest = message.length - start
  for (let i = 0; i < rest; i++) (state[i] as number) ^= message[start + i] as number
  ;(state[rest] as number) ^= 0x01
  ;(state[rate - 1] as number) ^= 0x80
  run()
  return state.slice(0, 32)
}

/** Keccak-256 of bytes, hex, to hex. */
export const keccak256 = (value: Uint8Array | Hex.Hex): Hex.Bytes32 =>
  Hex.encode(keccakBytes(typeof value === 'string' ? Hex.decode(value) : value)) as Hex.Bytes32

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
