/** Blocks, transactions and receipts of a memory chain, and the JSON a node answers for them. */

import { type Bytes32, type Hex, zeroAddress, zeroBytes32 } from '../../codec/hex.ts'
import type { Log } from '../../contracts/abi.ts'
import { quantity } from '../rpc.ts'
import { type Call, expiringNonceKey, type Transaction } from '../transaction.ts'
import { gasPrice } from './admission.ts'

/** A block of the memory chain. */
export interface Block {
  number: number
  hash: Bytes32
  parentHash: Bytes32
  /** Contract time, in seconds. */
  timestamp: number
  transactions: readonly Bytes32[]
  baseFeePerGas: bigint
}

/** A transaction that was included, and what became of it. */
export interface Mined {
  transaction: Transaction
  block: Block
  /** Base units of the fee token. */
  fee: bigint
  logs: readonly Log[]
  status: 'success' | 'reverted'
  /** Name of the error, when it reverted. */
  reason?: string
}

const noBloom: Hex = `0x${'00'.repeat(256)}`
const gasLimit = 500_000_000n

/** A block as `eth_getBlockByNumber` answers it. */
export const blockJson = (block: Block, transactions: readonly unknown[] = block.transactions) => ({
  number: quantity(block.number),
  hash: block.hash,
  parentHash: block.parentHash,
  timestamp: quantity(block.timestamp),
  timestampMillis: quantity(block.timestamp * 1000),
  timestampMillisPart: '0x0',
  baseFeePerGas: quantity(block.baseFeePerGas),
  gasLimit: quantity(gasLimit),
  gasUsed: '0x0',
  transactions,
  miner: zeroAddress,
  difficulty: '0x0',
  totalDifficulty: '0x0',
  extraData: '0x',
  logsBloom: noBloom,
  mixHash: zeroBytes32,
  nonce: '0x0000000000000000',
  receiptsRoot: zeroBytes32,
  sha3Uncles: zeroBytes32,
  stateRoot: zeroBytes32,
  transactionsRoot: zeroBytes32,
  size: '0x1',
  uncles: [],
})

/** The logs of a transaction, as receipts and `eth_getLogs` answer them. */
export const logsJson = ({ transaction, block, logs }: Mined) =>
  logs.map((log, index) => ({
    ...log,
    blockNumber: quantity(block.number),
    blockHash: block.hash,
    blockTimestamp: quantity(block.timestamp),
    transactionHash: transaction.hash,
    transactionIndex: '0x0',
    logIndex: quantity(index),
    removed: false,
  }))

/** A receipt as `eth_getTransactionReceipt` answers it. */
export function receiptJson(mined: Mined, gasUsed: bigint) {
  const { transaction, block, status } = mined
  return {
    type: transaction.type ?? '0x76',
    status: status === 'success' ? '0x1' : '0x0',
    transactionHash: transaction.hash,
    transactionIndex: '0x0',
    blockHash: block.hash,
    blockNumber: quantity(block.number),
    from: transaction.sender,
    to: transaction.calls[0]?.to ?? null,
    contractAddress: null,
    gasUsed: quantity(gasUsed),
    cumulativeGasUsed: quantity(gasUsed),
    effectiveGasPrice: quantity(gasPrice(transaction, block.baseFeePerGas)),
    logs: logsJson(mined),
    logsBloom: noBloom,
    feeToken: transaction.feeToken ?? null,
    feePayer: transaction.feePayer === 'sender' ? transaction.sender : transaction.feePayer,
  }
}

/** A transaction as `eth_getTransactionByHash` answers it; without a block while it waits. */
export function transactionJson(transaction: Transaction, block?: Block) {
  const { calls, type, nonceKey, validBefore, validAfter } = transaction
  const shared = {
    type: type ?? '0x76',
    hash: transaction.hash,
    from: transaction.sender,
    chainId: quantity(transaction.chainId),
    nonce: quantity(transaction.nonce),
    gas: quantity(transaction.gas),
    maxFeePerGas: quantity(transaction.maxFeePerGas),
    maxPriorityFeePerGas: quantity(transaction.maxPriorityFeePerGas),
    gasPrice: quantity(
      block === undefined ? transaction.maxFeePerGas : gasPrice(transaction, block.baseFeePerGas),
    ),
    accessList: transaction.accessList ?? [],
    blockHash: block?.hash ?? null,
    blockNumber: block === undefined ? null : quantity(block.number),
    transactionIndex: block === undefined ? null : '0x0',
  }
  if (type !== undefined) {
    const { to, value, data } = calls[0] as Call
    return { ...shared, to: to ?? null, value: quantity(value), input: data, ...transaction.signature }
  }
  return {
    ...shared,
    nonceKey: nonceKey === expiringNonceKey ? quantity(expiringNonceKey) : quantity(nonceKey),
    calls: calls.map(({ to, value, data }) => ({ to: to ?? null, value: quantity(value), input: data })),
    aaAuthorizationList: [],
    feeToken: transaction.feeToken ?? null,
    feePayerSignature: null,
    ...(validBefore === undefined ? {} : { validBefore: quantity(validBefore) }),
    ...(validAfter === undefined ? {} : { validAfter: quantity(validAfter) }),
  }
}
