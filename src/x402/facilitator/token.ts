/** What a facilitator reads of an EIP-3009 token, and the transaction that settles a payment. */
import type { ChainClient } from '../../chain/client.ts'
import { isNodeError, type Outcome, send } from '../../chain/outcome.ts'
import { executionReverted, RpcError } from '../../chain/rpc.ts'
import type { Address, Bytes32, Hex } from '../../codec/hex.ts'
import type * as TransferAuthorization from '../../contracts/transfer-authorization.ts'
import { abi, encodeCall } from '../../contracts/transfer-authorization-abi.ts'
import type { Account } from '../../keys/account.ts'
import { keccak256 } from '../../keys/keccak.ts'

/** Whether a payer's nonce is used up; undefined when there is no EIP-3009 token at the address. Throws `RpcError`. */
export async function isUsed(
  chain: ChainClient,
  token: Address,
  authorizer: Address,
  nonce: Bytes32,
): Promise<boolean | undefined> {
  const answer = await dryRun(chain, token, abi.encodeCall('authorizationState', { authorizer, nonce }))
  // Thirty-two bytes: an account without code answers none, and a proxy of something else anything.
  return answer?.length === 66 ? BigInt(answer) !== 0n : undefined
}

/**
 * Whether the chain would take the transfer in its next block: the last one may be older than the moment from which the
 * payment is good. Throws `RpcError`.
 */
export const wouldSucceed = async (
  chain: ChainClient,
  token: Address,
  call: TransferAuthorization.Call,
): Promise<boolean> => (await dryRun(chain, token, encodeCall(call), 'pending')) !== undefined

/** What a call returns; undefined when it reverts. */
async function dryRun(
  chain: ChainClient,
  to: Address,
  data: Hex,
  block: 'latest' | 'pending' = 'latest',
): Promise<Hex | undefined> {
  try {
    return (await chain.rpc.request({ method: 'eth_call', params: [{ to, data }, block] })) as Hex
  } catch (error) {
    if (reverted(error)) return undefined
    throw error
  }
}

const reverted = (error: unknown): error is RpcError =>
  error instanceof RpcError && error.code === executionReverted

/** A transfer that was handed to the chain, and what became of it; one that would revert by now has no transaction. */
export type Submitted =
  | { transaction: Bytes32; outcome: Outcome }
  | { transaction?: undefined; outcome: { refused: string } }

/**
 * Submits the transfer and waits for its outcome. Another facilitator, or the payer, may have used the authorization
 * since it was looked at: then the estimate of its gas reverts. Rejects with `RpcError` or `RpcUnreachable` when the
 * node fails before anything was sent.
 */
export async function submit(
  chain: ChainClient,
  account: Account,
  token: Address,
  call: TransferAuthorization.Call,
): Promise<Submitted> {
  let raw: Hex
  try {
    ;({ raw } = await chain.sign(account, [{ to: token, data: encodeCall(call) }]))
  } catch (error) {
    if (!reverted(error)) throw error
    return { outcome: { refused: error.message } }
  }
  return { transaction: keccak256(raw), outcome: await outcomeOf(chain, raw) }
}

async function outcomeOf(chain: ChainClient, raw: Hex): Promise<Outcome> {
  try {
    return await send(chain, raw)
  } catch (error) {
    if (isNodeError(error)) return 'unknown'
    throw error
  }
}
