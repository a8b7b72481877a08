/** Executes calls on the contracts a memory chain knows: both channel contracts, tokens and a few read-only helpers. */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import type { Log } from '../../contracts/abi.ts'
import * as Reserve from '../../contracts/reserve.ts'
import type { RevertName } from '../../contracts/revert.ts'
import { isTip20 } from '../../contracts/token.ts'
import type * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import type { Recover } from '../../keys/signature.ts'
import { escrowCall } from './escrow.ts'
import { feeManager, feeManagerCall, multicall, multicallAddress } from './helpers.ts'
import { reserveCall } from './reserve.ts'
import type { State } from './state.ts'
import { tokenCall } from './token.ts'
import { authorizationCall } from './transfer-authorization.ts'

/** What one transaction's calls share. */
export interface Execution {
  state: State
  chainId: number
  sender: Address
  timestamp: number
  expiringNonceHash: Bytes32
  /** Where v1 escrows stand. */
  escrows: ReadonlySet<Address>
  /** EIP-3009 tokens, by address. */
  tokens: ReadonlyMap<Address, TransferAuthorization.Domain>
  /** Ids opened by this transaction so far. */
  opened: Set<Bytes32>
  /** How many multicalls the current call is in. */
  depth: number
  logs: Log[]
  recoverKey: Recover | undefined
}

/** A contract stopped the transaction: the error's name and its bytes. Caught by the chain, never seen outside. */
export class ExecutionRevert extends Error {
  override readonly name = 'ExecutionRevert'
  readonly reason: RevertName | 'UnknownFunction'
  readonly data: Hex

  constructor(reason: RevertName | 'UnknownFunction', data: Hex) {
    super(`execution reverted: ${reason}`)
    this.reason = reason
    this.data = data
  }
}

/** One call to its return bytes. Throws `ExecutionRevert`. An account without code answers nothing. */
export function execute(execution: Execution, to: Address | undefined, data: Hex): Hex {
  if (to === undefined || data === '0x') return '0x'
  try {
    if (to === Reserve.address) return reserveCall(execution, data)
    if (isTip20(to)) return tokenCall(execution, to, data)
    if (execution.escrows.has(to)) return escrowCall(execution, to, data)
    const token = execution.tokens.get(to)
    if (token !== undefined) return authorizationCall(execution, token, data)
    if (to === multicallAddress) return multicall(execution, data)
    if (to === feeManager) return feeManagerCall(data)
  } catch (error) {
    if (error instanceof DecodeError) throw new ExecutionRevert('UnknownFunction', '0x')
    throw error
  }
  return '0x'
}
