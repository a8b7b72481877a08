/** What the contracts of a memory chain run in: the context that a transaction's calls share, and how one of them stops it. */
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import type { Log } from '../../contracts/abi.ts'
import type { RevertName } from '../../contracts/revert.ts'
import type * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import type { Recover } from '../../keys/signature.ts'
import type { State } from './state.ts'

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
