/**
 * A Tempo node on top of Anvil: passes requests on, and mends what Anvil's Tempo mode gets wrong or lacks for the
 * payment SDKs. README.md beside this file lists what is mended and what is not.
 */

import { type Address, type Hex, zeroBytes32 } from '../../codec/hex.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { maxExpirySeconds } from '../memory/admission.ts'
import {
  invalidParams,
  methodNotFound,
  quantity,
  type Rpc,
  RpcError,
  type RpcRequest,
  serverError,
} from '../rpc.ts'
import * as Transaction from '../transaction.ts'
import { ContractClock } from './clock.ts'
import { needsSimulation, simulate, transactionGas } from './simulate.ts'
import { needs, store, type Write } from './storage.ts'

export interface ProxyOptions {
  /** Attodollars per gas, kept constant: Anvil's own base fee decays and would outrun signed transactions. */
  baseFeePerGas: bigint
  /** Channel contracts, whose time runs ahead after evm_increaseTime. */
  contracts: readonly Address[]
}

type Params = readonly unknown[]
type Method = (params: Params) => Promise<unknown>

/** `anvil` as a Tempo node. */
export async function tempoProxy(anvil: Rpc, { baseFeePerGas, contracts }: ProxyOptions): Promise<Rpc> {
  const clock = await ContractClock.read(anvil, contracts)
  const ask = (method: string, ...params: unknown[]) => anvil.request({ method, params })
  const inOrder = queue()

  /** Blocks as the rest of the answers need them: constant base fee, contract time. */
  const block = async (method: string, params: Params) => {
    const found = (await ask(method, ...params)) as { number: Hex; timestamp: Hex } | null
    if (found === null) return null
    const timestamp = quantity(Number(found.timestamp) + clock.offsetAt(Number(found.number)))
    return { ...found, timestamp, baseFeePerGas: quantity(baseFeePerGas) }
  }

  /** Takes a signed transaction and answers its receipt. */
  const send = (raw: unknown) =>
    inOrder(async () => {
      if (typeof raw !== 'string') throw new RpcError(invalidParams, 'expected signed bytes')
      const writes = await prepared(anvil, raw)
      for (const write of writes) await store(anvil, write)
      await ask('anvil_setNextBlockBaseFeePerGas', quantity(baseFeePerGas))
      try {
        return (await ask('eth_sendRawTransactionSync', raw)) as { transactionHash: Hex }
      } finally {
        // The hash is this transaction's alone. Allowances of the reserve may stay.
        for (const { account, slot } of writes)
          if (account === Reserve.address) await store(anvil, { account, slot, value: zeroBytes32 })
      }
    })

  const methods: Record<string, Method> = {
    // The SDKs then fill in transactions themselves; Anvil would drop the calls.
    eth_fillTransaction: async () => {
      throw new RpcError(methodNotFound, 'the method eth_fillTransaction does not exist/is not available')
    },
    eth_gasPrice: async () => quantity(baseFeePerGas),
    eth_maxPriorityFeePerGas: async () => '0x0',
    eth_feeHistory: async () => ({
      oldestBlock: await ask('eth_blockNumber'),
      baseFeePerGas: [quantity(baseFeePerGas), quantity(baseFeePerGas)],
      gasUsedRatio: [0],
      reward: [['0x0']],
    }),
    eth_getBlockByNumber: (params) => block('eth_getBlockByNumber', params),
    eth_getBlockByHash: (params) => block('eth_getBlockByHash', params),
    eth_call: async ([request, tag, ...more]) =>
      needsSimulation(request)
        ? (await simulate(anvil, request, tag)).returnData
        : ask('eth_call', request, tag ?? 'latest', ...more),
    eth_estimateGas: async ([request, tag]) =>
      needsSimulation(request)
        ? quantity((await simulate(anvil, request, tag)).gasUsed + transactionGas)
        : ask('eth_estimateGas', request, tag ?? 'latest'),
    eth_sendRawTransaction: async ([raw]) => (await send(raw)).transactionHash,
    // A second parameter, which SDKs send and Anvil refuses, is dropped.
    eth_sendRawTransactionSync: ([raw]) => send(raw),
    evm_increaseTime: ([seconds]) => inOrder(() => clock.advance(Number(seconds))),
    evm_revert: ([id]) =>
      inOrder(async () => {
        const reverted = await ask('evm_revert', id)
        await clock.reread()
        return reverted
      }),
  }

  return {
    async request({ method, params }: RpcRequest) {
      if (params !== undefined && !Array.isArray(params))
        throw new RpcError(invalidParams, 'params must be a list')
      const mend = Object.hasOwn(methods, method) ? methods[method] : undefined
      return mend === undefined ? ask(method, ...(params ?? [])) : mend(params ?? [])
    },
  }
}

/** Sends and time travel go one by one: what is prepared for a transaction must stand until it ran. */
function queue() {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(job: () => Promise<T>): Promise<T> => {
    const next = last.then(job, job)
    last = next
    return next
  }
}

/** What to write before a transaction runs. Throws `RpcError` for what Anvil would accept and never mine. */
async function prepared(anvil: Rpc, raw: string): Promise<Write[]> {
  if (!raw.startsWith('0x76')) return []
  let transaction: Transaction.Transaction
  try {
    transaction = Transaction.decode(raw as Hex)
  } catch (error) {
    throw new RpcError(invalidParams, `failed to decode transaction: ${(error as Error).message}`)
  }
  const { hash, sender, calls, expiringNonceHash, nonceKey, validBefore, validAfter, feePayer } = transaction
  const refuse = (message: string): never => {
    throw new RpcError(serverError, message)
  }
  const head = (await anvil.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })) as {
    timestamp: Hex
  }
  const now = Math.max(Number(head.timestamp), Math.floor(Date.now() / 1000))
  if (feePayer === 'awaited') refuse('fee payer signature missing')
  if (validAfter !== undefined && now < validAfter)
    refuse(`transaction not yet valid: validAfter ${validAfter} > ${now}`)
  if (
    nonceKey === Transaction.expiringNonceKey &&
    (validBefore === undefined || validBefore > now + maxExpirySeconds)
  )
    refuse(`an expiring nonce needs a validBefore at most ${maxExpirySeconds} s ahead`)
  if ((await anvil.request({ method: 'eth_getTransactionByHash', params: [hash] })) !== null)
    refuse('already known')
  return needs(sender, calls, expiringNonceHash)
}
