/** What a node checks of a signed transaction before it executes it: who may send what, once, and who pays the fee. */

import type { Address, Hex } from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import { pathUsd } from '../../contracts/token.ts'
import * as AccessList from '../access-list.ts'
import { feeInToken } from '../client.ts'
import { RpcError, serverError } from '../rpc.ts'
import { expiringNonceKey, type Transaction } from '../transaction.ts'
import { feeManager } from './helpers.ts'
import type { State } from './state.ts'

/** Gas of one call in a transaction. Execution is not metered. */
export const gasPerCall = 50_000n
/** Calldata that is in that price, in bytes, and gas of each byte above it. */
const callBytes = 1_024
const gasPerByte = 16n
/** Furthest an expiring transaction's `validBefore` may lie ahead, in seconds (TIP-1009). */
export const maxExpirySeconds = 30

/** What a transaction uses: so much for each call, and whatever its sender put beside them. */
export function gasUsed({
  calls,
  accessList = [],
}: Pick<Transaction, 'accessList'> & { calls: readonly { data: Hex }[] }): bigint {
  const bytes = calls.reduce((sum, { data }) => sum + Math.max((data.length - 2) / 2 - callBytes, 0), 0)
  return gasPerCall * BigInt(calls.length) + gasPerByte * BigInt(bytes) + AccessList.gasOf(accessList)
}

/** What a unit of gas costs a transaction: the block's price and the tip it offers, up to what it allows (EIP-1559). */
export const gasPrice = (
  { maxFeePerGas, maxPriorityFeePerGas }: Pick<Transaction, 'maxFeePerGas' | 'maxPriorityFeePerGas'>,
  baseFeePerGas: bigint,
): bigint => Uint.min(maxFeePerGas, baseFeePerGas + maxPriorityFeePerGas)

export interface Terms {
  chainId: number
  baseFeePerGas: bigint
  /** Seconds on the wall clock. */
  wall: number
}

/** Takes nonce and fee, and answers the fee in base units. Throws `RpcError`, having written an unknown part. */
export function admit(state: State, transaction: Transaction, terms: Terms): bigint {
  inWindow(transaction, terms)
  takeNonce(state, transaction, terms.wall)
  return takeFee(state, transaction, terms.baseFeePerGas)
}

function inWindow(transaction: Transaction, { chainId, baseFeePerGas, wall }: Terms): void {
  const { validBefore, validAfter, feePayer, gas, calls } = transaction
  if (transaction.chainId !== chainId)
    refuse(`invalid chain id: have ${transaction.chainId}, want ${chainId}`)
  if (feePayer === 'awaited') refuse('fee payer signature missing')
  if (validBefore !== undefined && wall >= validBefore)
    refuse(`transaction expired: validBefore ${validBefore} <= ${wall}`)
  if (validAfter !== undefined && wall < validAfter)
    refuse(`transaction not yet valid: validAfter ${validAfter} > ${wall}`)
  if (calls.some(({ value }) => value !== 0n)) refuse('value transfer not allowed: there is no native coin')
  if (transaction.maxPriorityFeePerGas > transaction.maxFeePerGas)
    refuse('max priority fee per gas higher than max fee per gas')
  if (transaction.maxFeePerGas < baseFeePerGas) refuse('max fee per gas less than block base fee')
  const needed = gasUsed(transaction)
  if (gas < needed) refuse(`gas limit too low: have ${gas}, want ${needed}`)
}

function takeNonce(state: State, transaction: Transaction, wall: number): void {
  const { nonceKey, nonce, validBefore, expiringNonceHash, sender } = transaction
  if (nonceKey === expiringNonceKey) {
    if (validBefore === undefined || validBefore > wall + maxExpirySeconds)
      refuse(`an expiring nonce needs a validBefore at most ${maxExpirySeconds} s ahead`)
    if (state.expiring.get(expiringNonceHash) !== undefined) refuse('already known')
    state.expiring.set(expiringNonceHash, validBefore)
    return
  }
  const expected = state.nonce(sender, nonceKey)
  if (nonce !== expected)
    refuse(`nonce too ${nonce < expected ? 'low' : 'high'}: have ${nonce}, want ${expected}`)
  state.nonces.set(`${sender}|${nonceKey}`, expected + 1n)
}

function takeFee(state: State, transaction: Transaction, baseFeePerGas: bigint): bigint {
  const { feePayer, sender, feeToken: token = pathUsd } = transaction
  const payer = feePayer === 'sender' ? sender : (feePayer as Address)
  const fee = feeInToken(gasUsed(transaction) * gasPrice(transaction, baseFeePerGas))
  const funds = state.balance(token, payer)
  if (funds < fee) refuse(`insufficient funds for fee: have ${funds}, want ${fee} of ${token}`)
  state.commit({ balances: [{ token, holder: payer, balance: funds - fee }], allowances: [], events: [] })
  const collected = state.balance(token, feeManager) + fee
  state.commit({
    balances: [{ token, holder: feeManager, balance: collected }],
    allowances: [],
    events: [],
  })
  return fee
}

function refuse(message: string): never {
  throw new RpcError(serverError, message)
}
