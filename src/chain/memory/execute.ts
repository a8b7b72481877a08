/** Executes calls on the contracts a memory chain knows: both channel contracts, tokens and a few read-only helpers. */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Hex } from '../../codec/hex.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { isTip20 } from '../../contracts/token.ts'
import { escrowCall } from './escrow.ts'
import { type Execution, ExecutionRevert } from './execution.ts'
import { feeManager, feeManagerCall, multicall, multicallAddress } from './helpers.ts'
import { reserveCall } from './reserve.ts'
import { tokenCall } from './token.ts'
import { authorizationCall } from './transfer-authorization.ts'

/** One call to its return bytes. Throws `ExecutionRevert`. An account without code answers nothing. */
export function execute(execution: Execution, to: Address | undefined, data: Hex): Hex {
  if (to === undefined || data === '0x') return '0x'
  try {
    if (to === Reserve.address) return reserveCall(execution, data)
    if (isTip20(to)) return tokenCall(execution, to, data)
    if (execution.escrows.has(to)) return escrowCall(execution, to, data)
    const token = execution.tokens.get(to)
    if (token !== undefined) return authorizationCall(execution, token, data)
    if (to === multicallAddress) return multicall(execution, data, execute)
    if (to === feeManager) return feeManagerCall(data)
  } catch (error) {
    if (error instanceof DecodeError) throw new ExecutionRevert('UnknownFunction', '0x')
    throw error
  }
  return '0x'
}
