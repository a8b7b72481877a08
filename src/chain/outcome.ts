/**
 * What became of a transaction that was handed to a node. An error is no "no": a gateway that gave up waiting may have
 * forwarded the bytes before. Only an answer of the node itself that excludes them is one; otherwise the outcome is
 * not known until the transaction's validity has passed, and its receipt is looked for by its hash meanwhile.
 */
import type { Bytes32, Hex } from '../codec/hex.ts'
import { keccak256 } from '../keys/keccak.ts'
import type { ChainClient, Receipt } from './client.ts'
import {
  executionReverted,
  invalidParams,
  RpcError,
  RpcUnreachable,
  serverError,
  transactionRejected,
} from './rpc.ts'

/** Mined, successfully or not; excluded, with the node's words; or not known yet. */
export type Outcome = { receipt: Receipt } | { refused: string } | 'unknown'

/** How long a receipt is looked for after an error that says neither yes nor no, in milliseconds. */
const unsureMs = 1_000

/**
 * Broadcasts signed bytes and finds out what became of them. The same bytes may be sent again: their hash stays the
 * same, so they count once. Throws only what is no answer of a node.
 */
export async function send(chain: ChainClient, raw: Hex): Promise<Outcome> {
  const own = keccak256(raw)
  let hash: Bytes32
  try {
    hash = await chain.submit(raw)
  } catch (error) {
    if (!isNodeError(error)) throw error
    if (isKnown(error)) return lookUp(chain, own)
    if (!excludes(error)) return lookUp(chain, own, unsureMs)
    // It may have been mined before, sent by us or by its signer: then it is used up, not refused.
    const mined = await lookUp(chain, own, usesNonce(error) ? unsureMs : 0)
    return mined === 'unknown' ? { refused: error.message } : mined
  }
  return lookUp(chain, hash)
}

/** The outcome of a transaction that was sent before, as far as the chain has one; waits so long for it. */
export async function lookUp(chain: ChainClient, hash: Bytes32, timeoutMs?: number): Promise<Outcome> {
  try {
    return { receipt: await chain.receipt(hash, timeoutMs) }
  } catch (error) {
    if (isNodeError(error)) return 'unknown'
    throw error
  }
}

/** What a node, or the way to it, answers instead of a result. */
export const isNodeError = (error: unknown): error is RpcError | RpcUnreachable =>
  error instanceof RpcError || error instanceof RpcUnreachable

/** The node has it already. */
const isKnown = (error: unknown): boolean =>
  error instanceof RpcError && /already (known|imported)|known transaction/i.test(error.message)

const usesNonce = ({ message }: Error): boolean => /nonce too low/i.test(message)

/**
 * Whether the error of a broadcast says that the transaction was not taken: it reverts in the node's simulation, it
 * cannot be decoded, or the node's pool names the rule that it breaks. Everything else may come from a gateway before
 * the node, or after the node took it.
 */
export function excludes(error: unknown): error is RpcError {
  if (!(error instanceof RpcError)) return false
  const { code, message } = error
  if (code === executionReverted) return true
  if (code === invalidParams) return undecodable.test(message)
  return poolCodes.includes(code) && poolRules.some((rule) => rule.test(message))
}

/** Codes under which pools refuse: Geth's for everything, and EIP-1474's "transaction rejected". */
const poolCodes: readonly number[] = [serverError, transactionRejected]

const undecodable = /decode|rlp/i

/** The words of Geth, Reth, Anvil and Tempo for transactions that they do not take. */
const poolRules: readonly RegExp[] = [
  /nonce too (low|high)/i,
  /insufficient (funds|balance)/i,
  /underpriced/i,
  /less than block base fee/i,
  /(intrinsic gas|gas limit) too low/i,
  /exceeds block gas limit/i,
  /invalid (chain id|sender|signature|transaction v)/i,
  /transaction (expired|not yet valid)/i,
  /transaction type not supported/i,
  /expiring nonce needs/i,
  /fee payer signature/i,
  /value transfer not allowed/i,
  /oversized data/i,
  /execution reverted/i,
]
