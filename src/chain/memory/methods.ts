/** The JSON-RPC methods of a memory chain: what viem and the payment SDKs ask of a Tempo node. */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Hex from '../../codec/hex.ts'
import { invalidParams, methodNotFound, quantity, RpcError } from '../rpc.ts'
import { gasPerCall, type MemoryChain } from './chain.ts'
import { blockJson, logsJson, type Mined, receiptJson, transactionJson } from './format.ts'

type Method = (chain: MemoryChain, params: readonly unknown[]) => unknown

/** One request to its result. Throws `RpcError`: -32601 for an unknown method, -32602 for parameters that do not fit. */
export function answer(chain: MemoryChain, method: string, params: unknown): unknown {
  const run = Object.hasOwn(methods, method) ? methods[method] : undefined
  if (run === undefined)
    throw new RpcError(methodNotFound, `the method ${method} does not exist/is not available`)
  if (params !== undefined && !Array.isArray(params))
    throw new RpcError(invalidParams, 'params must be a list')
  try {
    return run(chain, params ?? [])
  } catch (error) {
    if (error instanceof DecodeError) throw new RpcError(invalidParams, `invalid params: ${error.message}`)
    throw error
  }
}

const methods: Record<string, Method> = {
  eth_chainId: (chain) => quantity(chain.chainId),
  net_version: (chain) => String(chain.chainId),
  web3_clientVersion: () => 'streamed-payments/memory',
  eth_blockNumber: (chain) => quantity(chain.head.number),
  eth_getBlockByNumber: (chain, [tag, full]) =>
    blockOrNull(chain, chain.block(blockNumber(chain, tag)), full),
  eth_getBlockByHash: (chain, [hash, full]) =>
    blockOrNull(chain, chain.blockByHash(Hex.bytes32(text(hash))), full),
  eth_gasPrice: (chain) => quantity(chain.baseFeePerGas),
  eth_maxPriorityFeePerGas: () => '0x0',
  eth_feeHistory: (chain) => ({
    oldestBlock: quantity(chain.head.number),
    baseFeePerGas: [quantity(chain.baseFeePerGas), quantity(chain.baseFeePerGas)],
    gasUsedRatio: [0],
    reward: [['0x0']],
  }),
  eth_getTransactionCount: (chain, [account]) =>
    quantity(chain.state.nonces.get(`${Hex.address(text(account))}|0`) ?? 0n),
  // Tempo has no native coin: balances live in tokens.
  eth_getBalance: (_, [account]) => Hex.address(text(account)) && '0x0',
  eth_getCode: (chain, [account]) => (chain.hasCode(Hex.address(text(account))) ? '0xef' : '0x'),
  eth_getStorageAt: () => Hex.zeroBytes32,
  eth_estimateGas: (chain, [request]) => {
    const { sender, calls } = callRequest(request)
    chain.simulate(sender, calls)
    return quantity(gasPerCall * BigInt(calls.length))
  },
  eth_call: (chain, [request, tag]) => {
    const { sender, calls } = callRequest(request)
    const number = blockNumber(chain, tag)
    return chain.simulate(sender, calls, number === chain.head.number ? undefined : number)
  },
  eth_sendRawTransaction: (chain, [raw]) => chain.submit(Hex.normalize(text(raw))).transaction.hash,
  eth_sendRawTransactionSync: (chain, [raw]) => receipt(chain.submit(Hex.normalize(text(raw)))),
  eth_getTransactionReceipt: (chain, [hash]) => withMined(chain, hash, receipt),
  eth_getTransactionByHash: (chain, [hash]) => withMined(chain, hash, transactionJson),
  eth_getLogs: (chain, [filter]) => logs(chain, object(filter ?? {})),
  evm_increaseTime: (chain, [seconds]) => {
    chain.increaseTime(Number(seconds))
    return quantity(chain.head.timestamp)
  },
  evm_mine: (chain) => quantity(chain.mine().number),
}

const receipt = (mined: Mined) => receiptJson(mined, gasPerCall * BigInt(mined.transaction.calls.length))

function withMined(chain: MemoryChain, hash: unknown, format: (mined: Mined) => unknown): unknown {
  const mined = chain.mined(Hex.bytes32(text(hash)))
  return mined === undefined ? null : format(mined)
}

function blockOrNull(chain: MemoryChain, block: ReturnType<MemoryChain['block']>, full: unknown): unknown {
  if (block === undefined) return null
  if (full !== true) return blockJson(block)
  return blockJson(
    block,
    block.transactions.map((hash) => withMined(chain, hash, transactionJson)),
  )
}

function blockNumber(chain: MemoryChain, tag: unknown): number {
  if (tag === undefined || tag === 'latest' || tag === 'pending' || tag === 'safe' || tag === 'finalized')
    return chain.head.number
  if (tag === 'earliest') return 0
  const number =
    typeof tag === 'object' && tag !== null ? (tag as Record<string, unknown>)['blockNumber'] : tag
  if (typeof number !== 'string' || !/^0x[0-9a-fA-F]{1,12}$/.test(number))
    throw new RpcError(invalidParams, 'bad block')
  return Number(number)
}

/** An eth_call request: one call, or Tempo's list of them. */
function callRequest(value: unknown): { sender: Hex.Address; calls: { to?: Hex.Address; data: Hex.Hex }[] } {
  const request = object(value)
  const list = Array.isArray(request['calls']) && request['calls'].length > 0 ? request['calls'] : [request]
  const calls = list.map((entry) => {
    const call = object(entry)
    const data = Hex.normalize(text(call['data'] ?? call['input'] ?? '0x'))
    return call['to'] === undefined || call['to'] === null
      ? { data }
      : { to: Hex.address(text(call['to'])), data }
  })
  return { sender: Hex.address(text(request['from'] ?? Hex.zeroAddress)), calls }
}

function logs(chain: MemoryChain, filter: Record<string, unknown>): unknown[] {
  const byHash = filter['blockHash']
  const only = byHash === undefined ? undefined : chain.blockByHash(text(byHash))?.number
  const from = only ?? blockNumber(chain, filter['fromBlock'])
  const to = only ?? blockNumber(chain, filter['toBlock'])
  const addresses = [filter['address'] ?? []].flat().map((account) => Hex.address(text(account)))
  const topics = list(filter['topics']).map((topic) => (topic === null ? null : [topic].flat().map(text)))
  const out: unknown[] = []
  for (let number = from; number <= Math.min(to, chain.head.number); number++)
    for (const hash of chain.block(number)?.transactions ?? [])
      for (const log of logsJson(chain.mined(hash) as Mined))
        if (
          (addresses.length === 0 || addresses.includes(log.address)) &&
          topics.every((topic, i) => topic === null || topic.includes(log.topics[i] as string))
        )
          out.push(log)
  return out
}

function list(value: unknown): unknown[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) throw new RpcError(invalidParams, 'expected a list')
  return value
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new RpcError(invalidParams, 'expected a string')
  return value
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new RpcError(invalidParams, 'expected an object')
  return value as Record<string, unknown>
}
