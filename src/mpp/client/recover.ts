/**
 * Getting a deposit back without the payee: what became of a channel is read from chain; one that is still open is asked
 * to close, and when the grace period is over what was not captured is withdrawn.
 */
import { ChainClient } from '../../chain/client.ts'
import type { Rpc } from '../../chain/rpc.ts'
import type { Address, Bytes32 } from '../../codec/hex.ts'
import * as Hex from '../../codec/hex.ts'
import type { Descriptor } from '../../contracts/descriptor.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { abi, decodeEvent } from '../../contracts/reserve-abi.ts'
import type { Account } from '../../keys/account.ts'

/** How a channel ended; base units. */
export interface Outcome {
  paid: bigint
  refunded: bigint
}

/** Where a channel stands on chain. */
export type Standing =
  | { state: 'absent' }
  | { state: 'open'; deposit: bigint; settled: bigint }
  /** A close was requested; `readyAt` (seconds since the epoch) is when the deposit can be withdrawn. */
  | { state: 'closing'; deposit: bigint; settled: bigint; readyAt: number; ready: boolean }
  | ({ state: 'closed' } & Outcome)

/** How a channel ended, if it has. */
export async function outcomeOf(chain: ChainClient, channelId: Bytes32): Promise<Outcome | undefined> {
  const [closed] = await chain.closings(channelId)
  return closed === undefined ? undefined : { paid: closed.settledToPayee, refunded: closed.refundedToPayer }
}

/** Where a channel stands; `absent` when it was never opened, or not yet. */
export async function standingOf(chain: ChainClient, channelId: Bytes32): Promise<Standing> {
  const { deposit, settled, closeRequestedAt } = await chain.channel(channelId)
  if (deposit === 0n) {
    const outcome = await outcomeOf(chain, channelId)
    return outcome === undefined ? { state: 'absent' } : { state: 'closed', ...outcome }
  }
  if (closeRequestedAt === 0) return { state: 'open', deposit, settled }
  const readyAt = closeRequestedAt + Reserve.closeGracePeriodSeconds
  return { state: 'closing', deposit, settled, readyAt, ready: (await timeOf(chain)) >= readyAt }
}

/** The time of the latest block, in seconds since the epoch. */
export async function timeOf(chain: ChainClient): Promise<number> {
  const block = await chain.rpc.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
  return Number((block as { timestamp: string }).timestamp)
}

export interface Recovery {
  account: Account
  chain: Rpc
  /** Of the channel; a journal keeps it, and so does the log of its open (`channelsOf`). */
  descriptor: Descriptor
  channelId: Bytes32
}

/**
 * The next step towards getting a deposit back: requests the close, or withdraws when the grace period is over. Answers
 * where the channel stands then; call again at `readyAt`. Throws `RpcError` when the chain refuses.
 */
export async function forceClose({
  account,
  chain: rpc,
  descriptor,
  channelId,
}: Recovery): Promise<Standing> {
  const chain = new ChainClient(rpc)
  const standing = await standingOf(chain, channelId)
  const feeToken = descriptor.token
  if (standing.state === 'open') {
    await chain.send(account, { type: 'requestClose', descriptor }, { feeToken })
    return standingOf(chain, channelId)
  }
  if (standing.state !== 'closing' || !standing.ready) return standing
  await chain.send(account, { type: 'withdraw', descriptor }, { feeToken })
  return standingOf(chain, channelId)
}

/** A channel as its open is logged: all that is needed to get the deposit back. */
export interface Opened {
  channelId: Bytes32
  descriptor: Descriptor
}

/** The channels a payer ever opened, from the logs of the chain: found again when no journal was kept. */
export async function channelsOf(chain: ChainClient, payer: Address): Promise<Opened[]> {
  const topic: Bytes32 = `0x${'00'.repeat(12)}${Hex.address(payer).slice(2)}`
  const filter = {
    address: Reserve.address,
    topics: [abi.topic('ChannelOpened'), null, topic],
    fromBlock: '0x0',
    toBlock: 'latest',
  }
  const logs = (await chain.rpc.request({ method: 'eth_getLogs', params: [filter] })) as Parameters<
    typeof decodeEvent
  >[0][]
  return logs.map(decodeEvent).flatMap((event) => {
    if (event?.name !== 'ChannelOpened') return []
    const { channelId, payee, operator, token, salt, authorizedSigner, expiringNonceHash } = event
    const parts = { payee, operator, token, salt, authorizedSigner, expiringNonceHash }
    return [{ channelId, descriptor: { payer: event.payer, ...parts } }]
  })
}
