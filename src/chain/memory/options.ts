/** Options of a memory chain. */

import type { Address } from '../../codec/hex.ts'
import type * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import type { Recover } from '../../keys/signature.ts'

export interface MemoryChainOptions {
  /** Default 42431, Tempo's test network. */
  chainId?: number
  /** Accounts that hold `balance` of pathUSD, and of every EIP-3009 token. */
  funded?: readonly Address[]
  /** Base units for each funded account; default one million tokens. */
  balance?: bigint
  /** Wall clock in milliseconds; default `Date.now`. */
  clock?: () => number
  /** Attodollars per gas. The default makes a one-call transaction cost 0.001 tokens. */
  baseFeePerGas?: bigint
  /** Recovers public keys; default the plain JavaScript curve. */
  recoverKey?: Recover
  /** How many of the latest blocks stay readable; default 10,000. */
  historyBlocks?: number
  /** Addresses of v1 escrows. Default: where the SDKs and where the draft say there is one. */
  escrows?: readonly Address[]
  /** EIP-3009 tokens, which x402 pays with. Default: `TransferAuthorization.usdc`. */
  tokens?: readonly TransferAuthorization.Domain[]
}
