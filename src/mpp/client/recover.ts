/**
 * Recovers a deposit without the payee. Reads from chain where a channel stands; requests the close of an open one, and
 * withdraws what was not settled once the grace period has ended.
 */

import type { ChannelName } from '../../chain/channel-contract/face.ts'
import { type ChannelContract, channelContract, protocolAt } from '../../chain/channel-contract.ts'
import { ChainClient } from '../../chain/client.ts'
import type { Rpc } from '../../chain/rpc.ts'
import type { Address, Bytes32 } from '../../codec/hex.ts'
import * as Reserve from '../../contracts/reserve.ts'
import type { Account } from '../../keys/account.ts'

/** How a channel ended; base units. */
export interface Outcome {
  paid: bigint
  refunded: bigint
}

/** Where a channel stands on chain; amounts in base units. */
export type Standing =
  | { state: 'absent' }
  | { state: 'open'; deposit: bigint; settled: bigint }
  /** A close was requested; `readyAt` (seconds since the epoch) is when the deposit can be withdrawn. */
  | { state: 'closing'; deposit: bigint; settled: bigint; readyAt: number; ready: boolean }
  | ({ state: 'closed' } & Outcome)

/** How a channel ended, by its ChannelClosed event; undefined when it is not closed. */
export async function outcomeOf(contract: ChannelContract, channelId: Bytes32): Promise<Outcome | undefined> {
  const [closed] = await contract.closings(channelId)
  return closed === undefined ? undefined : { paid: closed.settledToPayee, refunded: closed.refundedToPayer }
}

/** Where a channel stands; `absent` when it was never opened, or not yet. */
export async function standingOf(contract: ChannelContract, channelId: Bytes32): Promise<Standing> {
  const { deposit, settled, closeRequestedAt, finalized } = await contract.slot(channelId)
  if (deposit === 0n || finalized === true) {
    const outcome = await outcomeOf(contract, channelId)
    return outcome === undefined ? { state: 'absent' } : { state: 'closed', ...outcome }
  }
  if (closeRequestedAt === 0) return { state: 'open', deposit, settled }
  const readyAt = closeRequestedAt + (await contract.closeGraceSeconds())
  return { state: 'closing', deposit, settled, readyAt, ready: (await contract.chain.time()) >= readyAt }
}

/** A channel, and where it lives: all that is needed to get its deposit back. */
export interface Opened extends ChannelName {
  /** The contract that holds it; default the reserve, which holds v2 channels. */
  escrow?: Address
}

export interface Recovery extends Opened {
  account: Account
  chain: Rpc
}

/** The channel contract at an address; default the reserve. */
export const contractAt = (chain: ChainClient, escrow: Address = Reserve.address): ChannelContract =>
  channelContract(chain, { protocol: protocolAt(escrow), escrow })

/**
 * Takes the next step to recover a deposit, by a transaction of the payer: requests the close of an open channel, or
 * withdraws once the grace period has ended. Resolves when it is mined, with where the channel stands then; call again
 * at `readyAt` (seconds since the epoch). Does nothing for a closed channel or before `readyAt`. Rejects with
 * `RpcError` when the node refuses.
 */
export async function forceClose({ account, chain, escrow, ...channel }: Recovery): Promise<Standing> {
  const contract = contractAt(new ChainClient(chain), escrow)
  const { channelId, descriptor } = channel
  const standing = await standingOf(contract, channelId)
  const feeToken = descriptor.token
  if (standing.state === 'open') {
    await contract.send(account, { type: 'requestClose', channel }, { feeToken })
    return standingOf(contract, channelId)
  }
  if (standing.state !== 'closing' || !standing.ready) return standing
  await contract.send(account, { type: 'withdraw', channel }, { feeToken })
  return standingOf(contract, channelId)
}

/**
 * All channels that a payer has opened at a contract, oldest first, from the logs of the chain: a way to find them
 * without a journal. `escrow`: default the reserve. Rejects with `RpcError` when the node refuses.
 */
export async function channelsOf(
  chain: ChainClient,
  payer: Address,
  escrow: Address = Reserve.address,
): Promise<Opened[]> {
  const opened = await contractAt(chain, escrow).openedBy(payer)
  return opened.map((channel) => ({ ...channel, escrow }))
}
