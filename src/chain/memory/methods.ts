/** The JSON-RPC methods of a memory chain: what viem and the payment SDKs ask of a Tempo node. */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Hex from '../../codec/hex.ts'
import { executionReverted, invalidParams, methodNotFound, quantity, RpcError } from '../rpc.ts'
import { gasUsed } from './admission.ts'
import type { MemoryChain } from './chain.ts'
import { controlMethods } from './control.ts'
import { type Block, blockJson, type Mined, receiptJson, transactionJson } from './format.ts'
import { findLogs } from './logs.ts'
import { address, blockNumber, bytes, bytes32, callRequest, integer, list, object } from './params.ts'

type Method = (chain: MemoryChain, params: readonly unknown[]) => unknown

/** Most blocks `eth_feeHistory` answers. */
const maxFeeHistory = 1024
/** A transaction was taken, and is not mined yet (EIP-7966). */
const notMinedYet = 4

/** One request to its result. Throws `RpcError`: -32601 for an unknown method, -32602 for parameters that do not fit. */
export function answer(chain: MemoryChain, method: string, params: unknown): unknown {
  const run = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (run === undefined)
    throw new RpcError(methodNotFound, `the method ${method} does not exist/is not available`)
  if (params !== undefined && params !== null && !Array.isArray(params))
    throw new RpcError(invalidParams, 'params must be a list')
  try {
    return run(chain, params ?? [])
  } catch (error) {
    if (error instanceof DecodeError) throw new RpcError(invalidParams, `invalid params: ${error.message}`)
    throw error
  }
}

const methods: Record<string, Method> = {
  ...controlMethods,
  eth_chainId: (chain) => quantity(chain.chainId),
  net_version: (chain) => String(chain.chainId),
  web3_clientVersion: () => 'streamed-payments/memory',
  eth_syncing: () => false,
  eth_accounts: () => [],
  eth_blockNumber: (chain) => quantity(chain.head.number),
  eth_getBlockByNumber: (chain, [tag, full]) => blockOrNull(chain, chain.block(numberOf(chain, tag)), full),
  eth_getBlockByHash: (chain, [hash, full]) => blockOrNull(chain, chain.blockByHash(bytes32(hash)), full),
  eth_getBlockReceipts: (chain, [tag]) => {
    const block =
      typeof tag === 'string' && tag.length === 66
        ? chain.blockByHash(bytes32(tag))
        : chain.block(numberOf(chain, tag))
    return block?.transactions.map((hash) => withMined(chain, hash, receipt)) ?? null
  },
  eth_gasPrice: (chain) => quantity(chain.baseFeePerGas),
  eth_maxPriorityFeePerGas: () => '0x0',
  eth_feeHistory: (chain, [count, newest, percentiles]) => {
    const last = Math.min(numberOf(chain, newest), chain.head.number)
    const wanted = Math.min(integer(count ?? 1), maxFeeHistory, last - chain.firstBlock + 1)
    const blocks = Math.max(wanted, 0)
    const perBlock = <T>(value: T, extra = 0) => Array.from({ length: blocks + extra }, () => value)
    return {
      oldestBlock: quantity(Math.max(last - blocks + 1, 0)),
      // One more than blocks: the last is what the next block will ask.
      baseFeePerGas: perBlock(quantity(chain.baseFeePerGas), 1),
      gasUsedRatio: perBlock(0),
      reward: perBlock(list(percentiles).map(() => '0x0')),
    }
  },
  eth_getTransactionCount: (chain, [account, tag]) => {
    const owner = address(account)
    return quantity(
      tag === 'pending' ? chain.pendingNonce(owner) : at(chain, tag, () => chain.state.nonce(owner)),
    )
  },
  // Tempo has no native coin: balances live in tokens.
  eth_getBalance: (chain, [account, tag]) => at(chain, tag, () => address(account) && '0x0'),
  eth_getCode: (chain, [account, tag]) =>
    at(chain, tag, () => (chain.hasCode(address(account)) ? '0xef' : '0x')),
  eth_getStorageAt: (chain, [account, , tag]) => at(chain, tag, () => address(account) && Hex.zeroBytes32),
  eth_estimateGas: (chain, [request]) => {
    const { sender, calls, accessList } = callRequest(request)
    chain.simulate(sender, calls)
    return quantity(gasUsed({ calls, accessList }))
  },
  eth_call: (chain, [request, tag]) => {
    const { sender, calls, accessList, gas } = callRequest(request)
    if (gas !== undefined && gas < gasUsed({ calls, accessList }))
      throw new RpcError(executionReverted, 'out of gas')
    const number = numberOf(chain, tag)
    return chain.simulate(sender, calls, number === chain.head.number ? undefined : number)
  },
  eth_sendRawTransaction: (chain, [raw]) => chain.send(bytes(raw)).hash,
  eth_sendRawTransactionSync: (chain, [raw]) => {
    const { hash } = chain.send(bytes(raw))
    const mined = chain.mined(hash)
    if (mined === undefined) throw new RpcError(notMinedYet, 'the transaction waits to be mined', hash)
    return receipt(mined)
  },
  eth_getTransactionReceipt: (chain, [hash]) => withMined(chain, hash, receipt),
  eth_getTransactionByHash: (chain, [hash]) => {
    const wanted = bytes32(hash)
    const waiting = chain.held.find((transaction) => transaction.hash === wanted)
    return waiting === undefined
      ? withMined(chain, wanted, ({ transaction, block }) => transactionJson(transaction, block))
      : transactionJson(waiting)
  },
  eth_getLogs: (chain, [filter]) => findLogs(chain, object(filter ?? {})),
}

/** Every method there is. */
export const methodNames: readonly string[] = Object.keys(methods)

const numberOf = (chain: MemoryChain, tag: unknown): number =>
  blockNumber(chain.head.number, chain.firstBlock, tag)

/** Reads in the state after a block. Throws `RpcError` for a block there is not. */
function at<T>(chain: MemoryChain, tag: unknown, read: () => T): T {
  const number = numberOf(chain, tag)
  return number === chain.head.number ? read() : chain.at(number, read)
}

const receipt = (mined: Mined) => receiptJson(mined, gasUsed(mined.transaction))

function withMined(chain: MemoryChain, hash: unknown, format: (mined: Mined) => unknown): unknown {
  const mined = chain.mined(bytes32(hash))
  return mined === undefined ? null : format(mined)
}

function blockOrNull(chain: MemoryChain, block: Block | undefined, full: unknown): unknown {
  if (block === undefined) return null
  if (full !== true) return blockJson(block)
  const transactions = block.transactions.map((hash) =>
    withMined(chain, hash, ({ transaction }) => transactionJson(transaction, block)),
  )
  return blockJson(block, transactions)
}
