/** One transfer of a token. */
import type { Address, Bytes32 } from '../codec/hex.ts'

/** One transfer of the requested token. */
export interface Transfer {
  to: Address
  amount: bigint
  /** Of a `transferWithMemo`. */
  memo?: Bytes32 | undefined
}
