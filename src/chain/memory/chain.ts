/**
 * A chain in memory: accounts, tokens, the channel reserve, v1 escrows, one block per transaction, and a clock that
 * tests advance. It answers JSON-RPC as a Tempo node, as far as payment SDKs need it. It uses no process and no disk.
 */

import { DecodeError } from '../../codec/decode-error.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import * as Escrow from '../../contracts/escrow.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { isTip20, pathUsd } from '../../contracts/token.ts'
import * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import { keccakText } from '../../keys/keccak.ts'
import type { Recover } from '../../keys/signature.ts'
import * as Ethereum from '../ethereum-transaction.ts'
import { executionReverted, invalidParams, type Rpc, RpcError, type RpcRequest, serverError } from '../rpc.ts'
import * as Transaction from '../transaction.ts'
import { admit } from './admission.ts'
import { ChainClock } from './clock.ts'
import { execute } from './execute.ts'
import { type Execution, ExecutionRevert } from './execution.ts'
import type { Block, Mined } from './format.ts'
import { feeManager, multicallAddress } from './helpers.ts'
import { History } from './history.ts'
import type { Mark } from './journal.ts'
import { answer } from './methods.ts'
import type { MemoryChainOptions } from './options.ts'
import { Pool } from './pool.ts'
import { Snapshots } from './snapshots.ts'
import { State } from './state.ts'

export type { MemoryChainOptions }

/**
 * A chain in memory. It is an `Rpc`, so `payments`, `session` and `ChainClient` take it, and `serveRpc` serves it. Its
 * other methods mine, fund accounts, move the clock, take snapshots and replace blocks. By default its id is 42431 and
 * every transaction is mined at once. Amounts are in base units, times in seconds.
 *
 * ```ts
 * const chain = new MemoryChain({ funded: [payer.address] })
 * await chain.request({ method: 'eth_chainId' }) // 0xa5bf
 * ```
 */
export class MemoryChain implements Rpc {
  readonly chainId: number
  readonly state = new State()
  readonly escrows: ReadonlySet<Address>
  readonly tokens: ReadonlyMap<Address, TransferAuthorization.Domain>
  readonly baseFeePerGas: bigint
  readonly #clock: ChainClock
  readonly #recoverKey: Recover | undefined
  readonly #history: History
  readonly #listeners = new Set<(mined: Mined) => void>()
  readonly #snapshots = new Snapshots()
  readonly #pool = new Pool()
  /** How often blocks were replaced: part of a block's hash, so that blocks of equal number and content differ. */
  #branch = 0

  constructor(options: MemoryChainOptions = {}) {
    this.chainId = options.chainId ?? 42_431
    this.baseFeePerGas = options.baseFeePerGas ?? 20_000_000_000n
    this.escrows = new Set(options.escrows ?? [Escrow.address, Escrow.draftAddress])
    this.#clock = new ChainClock(options.clock ?? Date.now)
    this.#recoverKey = options.recoverKey
    this.#history = new History(this.state.journal, options.historyBlocks ?? 10_000)
    this.tokens = new Map(
      (options.tokens ?? [TransferAuthorization.usdc]).map((token) => [token.address, token]),
    )
    for (const account of options.funded ?? [])
      for (const token of [pathUsd, ...this.tokens.keys()]) this.fund(account, options.balance, token)
    this.mine()
  }

  /** Answers a JSON-RPC method. Rejects with `RpcError`. */
  async request({ method, params }: RpcRequest): Promise<unknown> {
    return answer(this, method, params)
  }

  /** Sets an account's balance of a token, in base units; default 1,000,000 tokens of pathUSD. */
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
      this.tokens.has(account) ||
      account === multicallAddress ||
      account === feeManager
    )
  }

  /** Moves contract time forward and mines a block; the validity window of transactions stays on the wall clock. */
  increaseTime(seconds: number): void {
    this.#clock.advance(seconds)
    this.mine()
  }

  /** Sets contract time in seconds since the epoch; it goes on from there. Throws `RpcError` for the past. */
  setTime(timestamp: number): void {
    this.#clock.set(timestamp, this.head.timestamp)
  }

  /** Sets the contract time of the next block, in seconds since the epoch. Throws `RpcError` for a time in the past. */
  setNextBlockTime(timestamp: number): void {
    this.#clock.setNext(timestamp, this.head.timestamp)
  }

  /** Takes a snapshot and answers its id, for `revert`. While it exists, the blocks after it are not pruned. */
  snapshot(): number {
    const { waiting } = this.#pool
    const mark = this.state.journal.mark()
    return this.#snapshots.add({ mark, head: this.head.number, clock: this.#clock.save(), waiting })
  }

  /** Goes back to a snapshot, which uses it and all later ones up; false when there is no such snapshot. */
  revert(id: number): boolean {
    const snapshot = this.#snapshots.take(id)
    if (snapshot === undefined) return false
    this.#history.cut(snapshot.head + 1, snapshot.mark)
    this.#clock.restore(snapshot.clock)
    this.#pool.swap(snapshot.waiting)
    this.#branch++
    return true
  }

  /**
   * Replaces the last `depth` blocks by a longer branch. Their transactions are lost, unless `keep` picks them and the
   * new branch still accepts them; those are mined again in their order. Answers the lost ones. Snapshots inside the
   * replaced blocks are dropped. Throws `RpcError` for a depth that cannot be replaced.
   */
  reorg(depth: number, keep: (mined: Mined) => boolean = () => false): Mined[] {
    const height = this.head.number
    const fork = height - depth
    if (!(Number.isSafeInteger(depth) && depth > 0 && fork >= this.#history.first))
      throw new RpcError(invalidParams, `cannot replace ${depth} blocks`)
    this.#snapshots.dropAfter(fork)
    const gone = this.#history.cut(fork + 1, this.#history.markAfter(fork) as Mark)
    this.#branch++
    const lost = gone.filter((mined) => !keep(mined) || this.#tryInclude(mined.transaction) === undefined)
    while (this.head.number <= height) this.mine()
    return lost
  }

  /** From now on transactions wait in the pool instead of being mined, until `mineHeld` or `release`. */
  hold(): void {
    this.#pool.holding = true
  }

  get holding(): boolean {
    return this.#pool.holding
  }

  /** Transactions that wait, in their order. */
  get held(): readonly Transaction.Transaction[] {
    return this.#pool.waiting
  }

  /** Mines the waiting transactions and answers those that were mined. Those that are no longer valid are dropped. */
  mineHeld(): Mined[] {
    const waiting = this.#pool.swap()
    return waiting.map((transaction) => this.#tryInclude(transaction)).filter((mined) => mined !== undefined)
  }

  /** Mines what waits and every later transaction at once. */
  release(): Mined[] {
    this.#pool.holding = false
    return this.mineHeld()
  }

  /** Drops a waiting transaction; false when no such transaction waits. */
  drop(hash: Bytes32): boolean {
    return this.#pool.drop(hash)
  }

  /** Calls back for every transaction as it is mined. Answers how to stop. */
  watch(listener: (mined: Mined) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get head(): Block {
    return this.#history.head as Block
  }

  /** Number of the oldest block that can be read. */
  get firstBlock(): number {
    return this.#history.first
  }

  block(number: number): Block | undefined {
    return this.#history.block(number)
  }

  blockByHash(hash: Bytes32): Block | undefined {
    return this.#history.blockByHash(hash)
  }

  mined(hash: Bytes32): Mined | undefined {
    return this.#history.mined(hash)
  }

  /** Executes calls in the state after a block (default the head); keeps nothing. Throws `RpcError`: 3 for a revert. */
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

  /** Reads in the state after a block. Throws `RpcError` when it is not known. */
  at<T>(blockNumber: number, read: () => T): T {
    return this.state.journal.at(this.#markAfter(blockNumber), read)
  }

  /** Takes a signed transaction and mines it. Throws `RpcError` when a node would not take it. */
  submit(raw: Hex): Mined {
    return this.#mineOne(this.#receive(raw))
  }

  /** Takes a signed transaction, to be mined at once or when it is released. Throws `RpcError`. */
  send(raw: Hex): Transaction.Transaction {
    const transaction = this.#receive(raw)
    if (this.#pool.holding) {
      this.#pending(() => this.#admit(transaction))
      this.#pool.add(transaction)
    } else this.#mineOne(transaction)
    return transaction
  }

  /** The nonce an account's next transaction must have, after those that wait. */
  pendingNonce(account: Address): bigint {
    return this.#pending(() => this.state.nonce(account))
  }

  /** Mines a block with the given transactions. */
  mine(transactions: readonly Bytes32[] = []): Block {
    this.#history.seal()
    const block = this.#newBlock(transactions, this.#now())
    this.#append(block)
    return block
  }

  #receive(raw: Hex): Transaction.Transaction {
    const transaction = decode(raw, this.#recoverKey)
    const { hash } = transaction
    if (this.#history.mined(hash) !== undefined || this.#pool.find(hash) !== undefined)
      throw new RpcError(serverError, 'already known')
    return transaction
  }

  #admit(transaction: Transaction.Transaction): bigint {
    const { chainId, baseFeePerGas } = this
    return admit(this.state, transaction, { chainId, baseFeePerGas, wall: this.#clock.wall() })
  }

  /** Runs `fn` in a state in which everything that waits was taken, and forgets what it wrote. */
  #pending<T>(fn: () => T): T {
    const { journal } = this.state
    return journal.at(journal.mark(), () => {
      for (const transaction of this.#pool.waiting) this.#tryAdmit(transaction)
      return fn()
    })
  }

  #tryAdmit(transaction: Transaction.Transaction): void {
    const mark = this.state.journal.mark()
    try {
      this.#admit(transaction)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      this.state.journal.rollback(mark)
    }
  }

  /** Mines a transaction unless it is no longer valid. */
  #tryInclude(transaction: Transaction.Transaction): Mined | undefined {
    try {
      return this.#mineOne(transaction)
    } catch (error) {
      if (error instanceof RpcError) return undefined
      throw error
    }
  }

  #mineOne(transaction: Transaction.Transaction): Mined {
    this.#history.seal()
    const mark = this.state.journal.mark()
    try {
      const fee = this.#admit(transaction)
      return this.#include(transaction, fee)
    } catch (error) {
      this.state.journal.rollback(mark)
      throw error
    }
  }

  #include(transaction: Transaction.Transaction, fee: bigint): Mined {
    // One moment for the calls and their block: the clock may tick in between.
    const timestamp = this.#now()
    const execution = this.#execution(transaction.sender, transaction.expiringNonceHash, timestamp)
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
    const block = this.#newBlock([transaction.hash], timestamp)
    const mined: Mined = {
      transaction,
      block,
      fee,
      logs: execution.logs,
      status: reason === undefined ? 'success' : 'reverted',
    }
    if (reason !== undefined) mined.reason = reason
    this.#append(block, mined)
    for (const listener of this.#listeners) listener(mined)
    return mined
  }

  #newBlock(transactions: readonly Bytes32[], timestamp: number): Block {
    const number = this.#history.next
    const parentHash = this.#history.head?.hash ?? keccakText(`${this.chainId}`)
    const hash = keccakText([parentHash, number, timestamp, this.#branch, ...transactions].join('/'))
    return { number, hash, parentHash, timestamp, transactions, baseFeePerGas: this.baseFeePerGas }
  }

  #append(block: Block, mined?: Mined): void {
    this.#history.append(block, mined)
    this.#clock.tick()
    if (this.#history.prune(this.#snapshots.pinned)) this.#forgetExpired()
  }

  /** A nonce that expired can never be used again: nothing needs to remember it. */
  #forgetExpired(): void {
    const wall = this.#clock.wall()
    for (const [hash, validBefore] of this.state.expiring.entries())
      if (validBefore < wall) this.state.expiring.set(hash, undefined)
  }

  #execution(sender: Address, expiringNonceHash: Bytes32, timestamp: number): Execution {
    const { state, chainId, escrows, tokens } = this
    return {
      state,
      chainId,
      escrows,
      tokens,
      sender,
      timestamp,
      expiringNonceHash,
      opened: new Set(),
      depth: 0,
      logs: [],
      recoverKey: this.#recoverKey,
    }
  }

  /** Contract time in seconds; never runs backwards. */
  #now(): number {
    return this.#clock.now(this.#history.head?.timestamp ?? 0)
  }

  #markAfter(number: number): Mark {
    const mark = this.#history.markAfter(number)
    if (mark === undefined) throw new RpcError(serverError, 'header not found')
    return mark
  }
}

function decode(raw: Hex, recoverKey?: Recover): Transaction.Transaction {
  try {
    return Ethereum.isEthereum(raw) ? Ethereum.decode(raw, recoverKey) : Transaction.decode(raw, recoverKey)
  } catch (error) {
    if (error instanceof DecodeError)
      throw new RpcError(invalidParams, `failed to decode transaction: ${error.message}`)
    throw error
  }
}
