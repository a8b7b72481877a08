/**
 * A chain in memory: accounts, a fee token, the channel reserve, one block per transaction, and a clock that
 * tests advance. It behaves like a Tempo node as far as payment SDKs can see, and is a value: no process, no disk.
 */

import * as Escrow from '../../channel/escrow.ts'
import * as Reserve from '../../channel/reserve.ts'
import { isTip20, pathUsd } from '../../channel/token.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import { keccakText } from '../../codec/keccak.ts'
import type { Recover } from '../../mpp/signature.ts'
import { feeInToken } from '../client.ts'
import { executionReverted, invalidParams, type Rpc, RpcError, type RpcRequest, serverError } from '../rpc.ts'
import * as Transaction from '../transaction.ts'
import { type Execution, ExecutionRevert, execute } from './execute.ts'
import type { Block, Mined } from './format.ts'
import { feeManager, multicallAddress } from './helpers.ts'
import type { Mark } from './journal.ts'
import { answer } from './methods.ts'
import { State } from './state.ts'

export interface MemoryChainOptions {
  /** Default 42431, Tempo's test network. */
  chainId?: number
  /** Accounts that hold `balance` of pathUSD. */
  funded?: readonly Address[]
  /** Base units for each funded account; default one million tokens. */
  balance?: bigint
  /** Wall clock in milliseconds. */
  clock?: () => number
  /** Attodollars per gas. The default makes a one-call transaction cost 0.001 tokens. */
  baseFeePerGas?: bigint
  /** A faster curve, if there is one. */
  recoverKey?: Recover
  /** How many blocks stay readable. */
  historyBlocks?: number
  /** Addresses of v1 escrows. Default: where the SDKs and where the draft say there is one. */
  escrows?: readonly Address[]
}

/** Gas of one call in a transaction. Execution is not metered. */
export const gasPerCall = 50_000n
/** Furthest an expiring transaction's `validBefore` may lie ahead, in seconds (TIP-1009). */
export const maxExpirySeconds = 30

export class MemoryChain implements Rpc {
  readonly chainId: number
  readonly state = new State()
  readonly escrows: ReadonlySet<Address>
  readonly baseFeePerGas: bigint
  readonly #clock: () => number
  readonly #recoverKey: Recover | undefined
  readonly #historyBlocks: number
  readonly #blocks: Block[] = []
  readonly #marks: Mark[] = []
  readonly #mined = new Map<Bytes32, Mined>()
  readonly #listeners = new Set<(mined: Mined) => void>()
  #timeOffset = 0
  #firstBlock = 0

  constructor(options: MemoryChainOptions = {}) {
    this.chainId = options.chainId ?? 42_431
    this.baseFeePerGas = options.baseFeePerGas ?? 20_000_000_000n
    this.escrows = new Set(options.escrows ?? [Escrow.address, Escrow.draftAddress])
    this.#clock = options.clock ?? Date.now
    this.#recoverKey = options.recoverKey
    this.#historyBlocks = options.historyBlocks ?? 10_000
    for (const account of options.funded ?? []) this.fund(account, options.balance)
    this.mine()
  }

  /** Answers a JSON-RPC method. Throws `RpcError`. */
  async request({ method, params }: RpcRequest): Promise<unknown> {
    return answer(this, method, params)
  }

  /** Sets an account's balance of a token, in base units. */
  fund(account: Address, balance = 1_000_000_000_000n, token: Address = pathUsd): void {
    this.state.deal(token, account, balance)
  }

  balance(account: Address, token: Address = pathUsd): bigint {
    return this.state.balance(token, account)
  }

  /** Whether an address answers calls. */
  hasCode(account: Address): boolean {
    return (
      account === Reserve.address ||
      this.escrows.has(account) ||
      isTip20(account) ||
      account === multicallAddress ||
      account === feeManager
    )
  }

  /** Moves contract time forward; the validity window of transactions stays on the wall clock. */
  increaseTime(seconds: number): void {
    this.#timeOffset += seconds
    this.mine()
  }

  /** Calls back for every transaction as it is mined. Answers how to stop. */
  watch(listener: (mined: Mined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get head(): Block {
    return this.#blocks.at(-1) as Block
  }

  block(number: number): Block | undefined {
    return this.#blocks[number - this.#firstBlock]
  }

  blockByHash(hash: string): Block | undefined {
    return this.#blocks.find((block) => block.hash === hash)
  }

  mined(hash: Bytes32): Mined | undefined {
    return this.#mined.get(hash)
  }

  /** Executes without keeping anything, in the state after a block (the head when absent). Throws `RpcError`. */
  simulate(sender: Address, calls: readonly { to?: Address; data: Hex }[], blockNumber?: number): Hex {
    const run = () => {
      const execution = this.#execution(sender, keccakText('simulation'), this.#now())
      let result: Hex = '0x'
      for (const { to, data } of calls) result = execute(execution, to, data)
      return result
    }
    const mark = blockNumber === undefined ? this.state.journal.mark() : this.#markAfter(blockNumber)
    try {
      return this.state.journal.at(mark, run)
    } catch (error) {
      if (error instanceof ExecutionRevert) throw new RpcError(executionReverted, error.message, error.data)
      throw error
    }
  }

  /** Takes a signed transaction, mines it, and answers its hash. Throws `RpcError` when a node would not take it. */
  submit(raw: Hex): Mined {
    const transaction = decode(raw, this.#recoverKey)
    if (this.#mined.has(transaction.hash)) throw new RpcError(serverError, 'already known')
    const mark = this.state.journal.mark()
    try {
      const fee = this.#admit(transaction)
      return this.#include(transaction, fee)
    } catch (error) {
      this.state.journal.rollback(mark)
      throw error
    }
  }

  /** Mines a block with the given transactions. */
  mine(transactions: readonly Bytes32[] = []): Block {
    const number = this.#firstBlock + this.#blocks.length
    const timestamp = this.#now()
    const hash = keccakText(`${this.chainId}/${number}/${timestamp}/${transactions.join()}`)
    const parentHash = this.#blocks.at(-1)?.hash ?? keccakText(`${this.chainId}`)
    const block = { number, hash, parentHash, timestamp, transactions, baseFeePerGas: this.baseFeePerGas }
    this.#blocks.push(block)
    this.#marks.push(this.state.journal.mark())
    this.#forget()
    return block
  }

  /** Checks what a node checks before execution, takes nonce and fee, and answers the fee. */
  #admit(transaction: Transaction.Transaction): bigint {
    const refuse = (message: string): never => {
      throw new RpcError(serverError, message)
    }
    const { chainId, sender, calls, nonceKey, nonce, validBefore, validAfter, feePayer } = transaction
    const wall = Math.floor(this.#clock() / 1000)
    if (chainId !== this.chainId) refuse(`invalid chain id: have ${chainId}, want ${this.chainId}`)
    if (feePayer === 'awaited') refuse('fee payer signature missing')
    if (validBefore !== undefined && wall >= validBefore)
      refuse(`transaction expired: validBefore ${validBefore} <= ${wall}`)
    if (validAfter !== undefined && wall < validAfter)
      refuse(`transaction not yet valid: validAfter ${validAfter} > ${wall}`)
    if (transaction.maxFeePerGas < this.baseFeePerGas) refuse('max fee per gas less than block base fee')
    const gasUsed = gasPerCall * BigInt(calls.length)
    if (transaction.gas < gasUsed) refuse(`gas limit too low: have ${transaction.gas}, want ${gasUsed}`)

    if (nonceKey === Transaction.expiringNonceKey) {
      if (validBefore === undefined || validBefore > wall + maxExpirySeconds)
        refuse(`an expiring nonce needs a validBefore at most ${maxExpirySeconds} s ahead`)
      if (this.state.expiring.get(transaction.expiringNonceHash) !== undefined) refuse('already known')
      this.state.expiring.set(transaction.expiringNonceHash, validBefore)
    } else {
      const key = `${sender}|${nonceKey}`
      const expected = this.state.nonces.get(key) ?? 0n
      if (nonce !== expected)
        refuse(`nonce too ${nonce < expected ? 'low' : 'high'}: have ${nonce}, want ${expected}`)
      this.state.nonces.set(key, expected + 1n)
    }

    const token = transaction.feeToken ?? pathUsd
    const payer = feePayer === 'sender' ? sender : (feePayer as Address)
    const fee = feeInToken(gasUsed * this.baseFeePerGas)
    const funds = this.state.balance(token, payer)
    if (funds < fee) refuse(`insufficient funds for fee: have ${funds}, want ${fee} of ${token}`)
    const balances = [
      { token, holder: payer, balance: funds - fee },
      { token, holder: feeManager, balance: this.state.balance(token, feeManager) + fee },
    ]
    this.state.commit({ balances, allowances: [], events: [] })
    return fee
  }

  #include(transaction: Transaction.Transaction, fee: bigint): Mined {
    const execution = this.#execution(transaction.sender, transaction.expiringNonceHash, this.#now())
    const mark = this.state.journal.mark()
    let reason: string | undefined
    try {
      for (const { to, data } of transaction.calls) execute(execution, to, data)
    } catch (error) {
      if (!(error instanceof ExecutionRevert)) throw error
      this.state.journal.rollback(mark)
      execution.logs.length = 0
      reason = error.reason
    }
    const block = this.mine([transaction.hash])
    const mined: Mined = {
      transaction,
      block,
      fee,
      logs: execution.logs,
      status: reason === undefined ? 'success' : 'reverted',
    }
    if (reason !== undefined) mined.reason = reason
    this.#mined.set(transaction.hash, mined)
    for (const listener of this.#listeners) listener(mined)
    return mined
  }

  #execution(sender: Address, expiringNonceHash: Bytes32, timestamp: number): Execution {
    const { state, chainId, escrows } = this
    return {
      state,
      chainId,
      escrows,
      sender,
      timestamp,
      expiringNonceHash,
      opened: new Set(),
      logs: [],
      recoverKey: this.#recoverKey,
    }
  }

  /** Contract time in seconds; never runs backwards. */
  #now(): number {
    const now = Math.floor(this.#clock() / 1000) + this.#timeOffset
    return Math.max(now, this.#blocks.at(-1)?.timestamp ?? 0)
  }

  #markAfter(number: number): Mark {
    const mark = this.#marks[number - this.#firstBlock]
    if (mark === undefined || !this.state.journal.reaches(mark))
      throw new RpcError(serverError, 'header not found')
    return mark
  }

  /** Drops blocks older than the history, their transactions, and expired nonces. */
  #forget(): void {
    if (this.#blocks.length < this.#historyBlocks * 2) return
    const gone = this.#blocks.splice(0, this.#historyBlocks)
    this.#marks.splice(0, this.#historyBlocks)
    this.#firstBlock += gone.length
    for (const block of gone) for (const hash of block.transactions) this.#mined.delete(hash)
    const wall = Math.floor(this.#clock() / 1000)
    for (const [hash, validBefore] of this.state.expiring.entries())
      if (validBefore < wall) this.state.expiring.set(hash, undefined)
    this.state.journal.trim(this.#marks[0] as Mark)
  }
}

function decode(raw: Hex, recoverKey?: Recover): Transaction.Transaction {
  try {
    return Transaction.decode(raw, recoverKey)
  } catch (error) {
    if (error instanceof DecodeError)
      throw new RpcError(invalidParams, `failed to decode transaction: ${error.message}`)
    throw error
  }
}
