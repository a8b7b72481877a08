/** Calldata of the contracts a payer's transaction may call: the reserve, the escrow, a token. */
import { DecodeError } from '../codec/decode-error.ts'
import type { Hex } from '../codec/hex.ts'
import { abi as escrow } from './escrow-abi.ts'
import { abi as reserve } from './reserve-abi.ts'
import { abi as token } from './token-abi.ts'

/**
 * Whether calldata is what an encoder makes of the call it decodes to: no byte after it, no argument written another
 * way. Whatever else stands in it changes nothing but the gas that it costs.
 */
export const isCanonical = (data: Hex): boolean =>
  [reserve, escrow, token].some((abi) => {
    try {
      const { name, args } = abi.decodeCall(data)
      return abi.encodeCall(name, args) === data
    } catch (error) {
      if (error instanceof DecodeError) return false
      throw error
    }
  })
