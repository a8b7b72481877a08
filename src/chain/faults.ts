/**
 * A node that misbehaves on request: an `Rpc` in front of another whose answers can be spoilt. For tests of code
 * that must not lose money when receipts are late, empty, or lie. What happens on the chain itself (reorgs, waiting
 * transactions, time) is asked of `MemoryChain`.
 */

import { DecodeError } from '../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../codec/hex.ts'
import type { Log } from '../contracts/abi.ts'
import { keccak256 } from '../keys/keccak.ts'
import { type Rpc, RpcError, type RpcRequest, serverError } from './rpc.ts'

/** How often a fault applies, and to which requests. By default it applies to every request until it is ended. */
export interface Times {
  times?: number
  /** Only requests about a transaction with such a hash: its broadcast, its receipt. */
  of?: (hash: Bytes32) => boolean
  /** Only requests with such parameters. */
  when?: (params: readonly unknown[]) => boolean
}

interface JsonReceipt {
  status: string
  logs: readonly Log[]
}

/** Answers what to answer instead, or `pass` to let the node answer. */
type Fault = (request: RpcRequest, ask: () => Promise<unknown>) => Promise<unknown>
const pass = Symbol('pass')

/** The methods that answer a receipt. */
const receiptMethods = ['eth_getTransactionReceipt', 'eth_sendRawTransactionSync']

/**
 * ```ts
 * const node = new FaultyRpc(chain)
 * const end = node.delayReceipts({ times: 3 })   // null three times, then the truth
 * node.error('eth_call', { message: 'rate limited', times: 1 })
 * end()                                          // any fault can be ended early
 * ```
 */
export class FaultyRpc implements Rpc {
  readonly #node: Rpc
  readonly #faults = new Set<Fault>()

  constructor(node: Rpc) {
    this.#node = node
  }

  /** Asks the faults in the order they were set; the first that strikes answers. */
  async request(request: RpcRequest): Promise<unknown> {
    const ask = () => this.#node.request(request)
    for (const fault of [...this.#faults]) {
      const answer = await fault(request, ask)
      if (answer !== pass) return answer
    }
    return ask()
  }

  /** Receipts that are there are answered as null: not mined yet. */
  delayReceipts(options: Times = {}): () => void {
    return this.#add(options, ['eth_getTransactionReceipt'], async (_, ask) =>
      (await ask()) === null ? pass : null,
    )
  }

  /** Receipts say status 0x0 and have no logs, as if the transaction had reverted. */
  failReceipts(options: Times = {}): () => void {
    return this.#spoil(options, (receipt) => ({ ...receipt, status: '0x0', logs: [] }))
  }

  /** The logs of receipts come from another contract. */
  moveLogs(address: Address, options: Times = {}): () => void {
    return this.#spoil(options, (receipt) => ({
      ...receipt,
      logs: receipt.logs.map((log) => ({ ...log, address })),
    }))
  }

  /** Receipts lack their logs: all of them, or those `which` picks. */
  dropLogs(options: Times & { which?: (log: Log) => boolean } = {}): () => void {
    const { which = () => true } = options
    return this.#spoil(options, (receipt) => ({
      ...receipt,
      logs: receipt.logs.filter((log) => !which(log)),
    }))
  }

  /** A method answers an error instead of being carried out; `after` carries it out first, so only the answer is lost. */
  error(
    method: string,
    options: Times & { code?: number; message?: string; after?: boolean } = {},
  ): () => void {
    const { code = serverError, message = 'injected fault', after = false } = options
    return this.#add(options, [method], async (_, ask) => {
      if (after) await ask()
      throw new RpcError(code, message)
    })
  }

  /** A method's answer is changed. */
  answer(method: string, change: (answer: unknown) => unknown, options: Times = {}): () => void {
    return this.#add(options, [method], async (_, ask) => change(await ask()))
  }

  /** Ends all faults. */
  heal(): void {
    this.#faults.clear()
  }

  #spoil(options: Times, change: (receipt: JsonReceipt) => JsonReceipt): () => void {
    return this.#add(options, receiptMethods, async (_, ask) => {
      const receipt = await ask()
      return receipt === null ? pass : change(receipt as JsonReceipt)
    })
  }

  #add(options: Times, methods: readonly string[], strike: Fault): () => void {
    const { times = Number.POSITIVE_INFINITY, of, when } = options
    let left = times
    const fault: Fault = async (request, ask) => {
      if (left <= 0 || !methods.includes(request.method)) return pass
      const params = (request.params ?? []) as readonly unknown[]
      if (when?.(params) === false || (of !== undefined && !about(request.method, params, of))) return pass
      // Counted before the node is asked: a request that overtakes this one does not strike too often.
      left--
      const answer = await strike(request, ask)
      if (answer === pass) left++
      if (left <= 0) this.#faults.delete(fault)
      return answer
    }
    this.#faults.add(fault)
    return () => this.#faults.delete(fault)
  }
}

/** Whether a request is about a transaction that `of` picks. */
function about(method: string, [first]: readonly unknown[], of: (hash: Bytes32) => boolean): boolean {
  if (method === 'eth_getTransactionReceipt') return typeof first === 'string' && of(first as Bytes32)
  const hash = method.startsWith('eth_sendRawTransaction') ? transactionHash(first) : undefined
  return hash !== undefined && of(hash)
}

/** The hash of a signed transaction as it is sent; undefined when the text is no hex. */
export function transactionHash(raw: unknown): Bytes32 | undefined {
  try {
    return keccak256(raw as Hex)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof TypeError) return undefined
    throw error
  }
}
