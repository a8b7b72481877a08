/**
 * The close of a channel: what the payee answers is a claim, the ChannelClosed event is the fact. So a close whose answer
 * is lost, refused or made up is decided by the chain.
 */

import { liveDeposit } from '../../chain/channel-contract/face.ts'
import type { ChannelContract } from '../../chain/channel-contract.ts'
import type { Receipt } from '../wire/receipt.ts'
import { openUntil, type PayerChannel } from './channel.ts'
import type { Closed } from './options.ts'
import { outcomeOf } from './recover.ts'
import { ServerError } from './wire.ts'

export interface Closing {
  contract: ChannelContract
  clock: () => number
  /** Keeps that the close has begun. */
  begin?(): Promise<void>
  /** Asks the payee; only the chain is asked when absent. */
  send?(): Promise<Receipt>
}

/** Closes a channel and reads from chain what became of it; undefined when it is not closed, or was never opened. */
export async function closing(channel: PayerChannel, how: Closing): Promise<Closed | undefined> {
  const { contract, clock, begin, send } = how
  const { channelId } = channel
  const known = async (receipt?: Receipt) => billFor(channel, await outcomeOf(contract, channelId), receipt)
  if (send === undefined) return known()
  if (channel.unconfirmed !== undefined && liveDeposit(await contract.slot(channelId)) === 0n) {
    const closed = await known()
    // The channel stays in the journal while its open transaction can still be mined.
    if (closed !== undefined || openUntil(channel.unconfirmed) > clock() / 1000) return closed
    return undefined
  }
  channel.phase = 'closing'
  await begin?.()
  let receipt: Receipt
  try {
    receipt = await send()
  } catch (error) {
    const closed = await known()
    if (closed !== undefined) return closed
    throw error
  }
  if (receipt.txHash !== undefined) await contract.chain.receipt(receipt.txHash)
  const closed = await known(receipt)
  if (closed === undefined)
    throw new ServerError('not-closed', 'the close was answered, and the channel is open on chain')
  return closed
}

function billFor(
  { channelId, authorized }: PayerChannel,
  outcome: { paid: bigint; refunded: bigint } | undefined,
  receipt: Receipt | undefined,
): Closed | undefined {
  if (outcome === undefined) return undefined
  const { spent, acceptedCumulative } = receipt ?? { spent: outcome.paid, acceptedCumulative: authorized }
  return { channelId, ...outcome, spent, acceptedCumulative, ...(receipt === undefined ? {} : { receipt }) }
}
