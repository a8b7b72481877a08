/**
 * Reads and writes a chain through any `Rpc`: calls contracts, reads logs and balances, builds, signs and sends Tempo
 * transactions, and waits for their receipts. The only contracts it knows are tokens; for channels use
 * `channelContract`.
 */

import * as Hex from '../codec/hex.ts'
import type { Log } from '../contracts/abi.ts'
import { abi as tokenAbi } from '../contracts/token-abi.ts'
import type { Account } from '../keys/account.ts'
import { bytesOf, chainIdOf, listOf, quantityOf, readFrom } from './answers.ts'
import { withRpcErrors } from './provider.ts'
import { quantity, type Rpc, RpcError } from './rpc.ts'
import * as Transaction from './transaction.ts'

/** A transaction's outcome, with its logs; `ChannelContract.events` reads them. */
export interface Receipt {
  hash: Hex.Bytes32
  blockNumber: number
  success: boolean
  /** What it cost its fee payer, in base units of the fee token; undefined where the node does not say. */
  fee: bigint | undefined
  logs: readonly Log[]
}

/** Seconds a transaction stays valid after it was signed. */
export const validitySeconds = 25

/** Options of a chain client. */
export interface ChainClientOptions {
  /** Wall clock in milliseconds; default `Date.now`. It sets the validity window of transactions. */
  clock?: () => number
  /** Longest wait for a receipt, in milliseconds; default 10,000. */
  receiptTimeoutMs?: number
}

/**
 * How a transaction differs from the default: fee paid by its sender, valid for `validitySeconds`, gas as estimated.
 */
export interface SendOptions {
  feeToken?: Hex.Address
  sponsored?: boolean
  /** Seconds since the epoch after which the transaction is no longer good; `validitySeconds` from now at most. */
  validUntil?: number
  /** Gas limit; default what the node estimates, which it refuses to do for calls that revert. */
  gas?: bigint
  /** Chain it is signed for; default this one. */
  chainId?: number
  /** Overrides members before the signature is made: for tests that need an unusual transaction. */
  change?: Partial<Transaction.TransactionRequest>
}

/**
 * A chain as payers and payees use it. Amounts are in base units of the token. Every method that asks the node rejects
 * with `RpcError` when the node answers an error, and with `RpcUnreachable` when it does not answer.
 */
export class ChainClient {
  /** The given `Rpc`, whose errors are turned into `RpcError` and `RpcUnreachable`. */
  readonly rpc: Rpc
  readonly #clock: () => number
  readonly #receiptTimeoutMs: number
  #chainId: Promise<number> | undefined

  constructor(rpc: Rpc, options: ChainClientOptions = {}) {
    this.rpc = withRpcErrors(rpc)
    this.#clock = options.clock ?? Date.now
    this.#receiptTimeoutMs = options.receiptTimeoutMs ?? 10_000
  }

  /** The chain's id. Asked of the node once, and again only after a failure. */
  chainId(): Promise<number> {
    this.#chainId ??= this.rpc
      .request({ method: 'eth_chainId' })
      .then((id) => chainIdOf(id))
      .catch((error: unknown) => {
        this.#chainId = undefined
        throw error
      })
    return this.#chainId
  }

  /** All logs of a contract with the given first topics, from a block on; a topic that is null may be any. */
  async logs(address: Hex.Address, topics: readonly (Hex.Hex | null)[], fromBlock = 0): Promise<Log[]> {
    const filter = { address, topics, fromBlock: quantity(fromBlock), toBlock: 'latest' }
    return listOf(await this.rpc.request({ method: 'eth_getLogs', params: [filter] }), 'eth_getLogs') as Log[]
  }

  /** The number of the newest block. */
  async blockNumber(): Promise<number> {
    return Number(quantityOf(await this.rpc.request({ method: 'eth_blockNumber' }), 'eth_blockNumber'))
  }

  /** A token balance in base units. */
  async balance(token: Hex.Address, account: Hex.Address): Promise<bigint> {
    const result = await this.call(token, tokenAbi.encodeCall('balanceOf', { account }))
    return readFrom('eth_call', () => tokenAbi.decodeResult('balanceOf', result)) as bigint
  }

  /**
   * Calls a contract by `eth_call` and answers its return bytes, in the state after `blockNumber`, default the latest.
   * Rejects with `RpcError` when there are none, because there is no such contract.
   */
  async call(to: Hex.Address, data: Hex.Hex, blockNumber?: number): Promise<Hex.Hex> {
    const tag = blockNumber === undefined ? 'latest' : quantity(blockNumber)
    return bytesOf(await this.rpc.request({ method: 'eth_call', params: [{ to, data }, tag] }), 'eth_call')
  }

  /**
   * Simulates the calls of one transaction; nothing is kept. Rejects with `RpcError` when they would not succeed within
   * `gas`.
   */
  async simulate(
    from: Hex.Address,
    calls: readonly { to?: Hex.Address; data: Hex.Hex }[],
    gas: bigint,
  ): Promise<void> {
    const made = calls.map(({ to, data }) => ({ ...(to === undefined ? {} : { to }), data, value: '0x' }))
    const request = { from, type: '0x76', calls: made, gas: quantity(gas) }
    await this.rpc.request({ method: 'eth_call', params: [request, 'latest'] })
  }

  /** The time of the latest block, in seconds since the epoch. Throws `RpcError`. */
  async time(): Promise<number> {
    const block = await this.rpc.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
    return Number((block as { timestamp: string }).timestamp)
  }

  /** What the next block asks for a unit of gas, in attodollars. */
  async gasPrice(): Promise<bigint> {
    return quantityOf(await this.rpc.request({ method: 'eth_gasPrice' }), 'eth_gasPrice')
  }

  /**
   * Signs calls as one transaction with an expiring nonce. Gas is estimated unless `gas` is given; the highest price is
   * twice the current base fee. Nothing is sent.
   */
  async sign(
    account: Account,
    calls: readonly { to: Hex.Address; data: Hex.Hex }[],
    options: SendOptions = {},
  ): Promise<Transaction.Signed> {
    const block = (await this.rpc.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })) as {
      baseFeePerGas?: string
    } | null
    const now = Math.floor(this.#clock() / 1000)
    const request: Transaction.TransactionRequest = {
      chainId: options.chainId ?? (await this.chainId()),
      calls,
      gas: options.gas ?? (await this.#estimate(account.address, calls)),
      // Twice the base fee, as wallets do: only what the block asks is charged.
      maxFeePerGas: 2n * quantityOf(block?.baseFeePerGas ?? '0x0', 'eth_getBlockByNumber'),
      nonceKey: Transaction.expiringNonceKey,
      validBefore: Math.min(now + validitySeconds, options.validUntil ?? Infinity),
      // Equal calls signed within one second would be one transaction; a random moment in the past sets them apart.
      validAfter: now - 60 - Math.floor(Math.random() * 86_400),
    }
    if (options.sponsored) request.sponsored = true
    else if (options.feeToken !== undefined) request.feeToken = options.feeToken
    return Transaction.sign({ ...request, ...options.change }, account)
  }

  async #estimate(from: Hex.Hex, calls: readonly { to: Hex.Address; data: Hex.Hex }[]): Promise<bigint> {
    const request = {
      from,
      type: '0x76',
      calls: calls.map((call) => ({ ...call, value: '0x' })),
      nonceKey: quantity(Transaction.expiringNonceKey),
    }
    return quantityOf(
      await this.rpc.request({ method: 'eth_estimateGas', params: [request] }),
      'eth_estimateGas',
    )
  }

  /** Broadcasts signed bytes. Throws `RpcError` when the node refuses them. */
  async submit(raw: Hex.Hex): Promise<Hex.Bytes32> {
    return (await this.rpc.request({ method: 'eth_sendRawTransaction', params: [raw] })) as Hex.Bytes32
  }

  /** Broadcasts signed bytes and waits for the receipt. Throws `RpcError` when the node refuses them. */
  async broadcast(raw: Hex.Hex): Promise<Receipt> {
    return this.receipt(await this.submit(raw))
  }

  /** What a transaction cost its fee payer, in base units of the fee token; 0 when it was never mined. */
  async fee(hash: Hex.Bytes32): Promise<bigint> {
    const receipt = (await this.rpc.request({ method: 'eth_getTransactionReceipt', params: [hash] })) as {
      gasUsed: string
      effectiveGasPrice: string
    } | null
    return receipt === null ? 0n : feeInToken(BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice))
  }

  /** A transaction's receipt, if it has been mined. */
  async findReceipt(hash: Hex.Bytes32): Promise<Receipt | undefined> {
    const answer = await this.rpc.request({ method: 'eth_getTransactionReceipt', params: [hash] })
    return answer === null ? undefined : readFrom('eth_getTransactionReceipt', () => toReceipt(answer))
  }

  /** Whether the node has heard of a transaction, mined or not. */
  async knows(hash: Hex.Bytes32): Promise<boolean> {
    return (await this.rpc.request({ method: 'eth_getTransactionByHash', params: [hash] })) !== null
  }

  /**
   * Waits for a transaction's receipt, by default for `receiptTimeoutMs`. Rejects with `RpcError` -32000 when none
   * comes.
   */
  async receipt(hash: Hex.Bytes32, timeoutMs = this.#receiptTimeoutMs): Promise<Receipt> {
    const deadline = performance.now() + timeoutMs
    for (let pause = 5; ; pause = Math.min(pause * 2, 250)) {
      const found = await this.findReceipt(hash)
      if (found !== undefined) return found
      if (performance.now() > deadline) throw new RpcError(-32_000, `no receipt for ${hash} in time`)
      await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
}

/** Gas is priced in attodollars, tokens have six decimals, and the chain rounds its fee up. */
export const feeInToken = (attodollars: bigint): bigint => (attodollars + 10n ** 12n - 1n) / 10n ** 12n

/** A log as far as every reader relies on it. Throws `TypeError`. */
function toLog(log: Log): Log {
  if (typeof log.address !== 'string' || typeof log.data !== 'string' || !Array.isArray(log.topics))
    throw new TypeError('a log has an address, topics and data')
  return log
}

function toReceipt(answer: unknown): Receipt {
  const { transactionHash, blockNumber, status, gasUsed, effectiveGasPrice, logs } = answer as Record<
    string,
    string
  > & { logs: Log[] }
  return {
    hash: Hex.bytes32(transactionHash as string),
    blockNumber: Number(blockNumber),
    success: status === '0x1',
    fee:
      gasUsed === undefined || effectiveGasPrice === undefined
        ? undefined
        : feeInToken(BigInt(gasUsed) * BigInt(effectiveGasPrice)),
    logs: logs.map(toLog),
  }
}
