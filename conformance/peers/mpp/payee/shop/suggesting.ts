/** Challenges that suggest a channel to go on with, with a snapshot of it that may be true or not. */
import { channelContract } from '../../../../../src/chain/channel-contract.ts'
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as Descriptor from '../../../../../src/contracts/descriptor.ts'
import { worth } from '../../books/channel.ts'
import type { Wrap } from '../wire.ts'
import { writesTerms } from '../writing.ts'
import type { KnownChannel } from './channels.ts'
import type { Shop } from './shop.ts'

/** Writes a snapshot into every challenge, and the id of its channel; nothing while there is none. */
export const suggesting = (snapshot: () => JsonObject | undefined): Wrap =>
  writesTerms((_, details) => {
    const sessionSnapshot = snapshot()
    if (sessionSnapshot === undefined) return
    Object.assign(details, { channelId: sessionSnapshot['channelId'], sessionSnapshot })
  })

/** What a channel is called in a snapshot. */
export const named = (
  { channelId, descriptor }: { channelId: string; descriptor: Descriptor.Descriptor },
  { escrow, chainId }: { escrow: string; chainId: number },
): JsonObject => ({
  channelId,
  chainId,
  escrow,
  descriptor: Descriptor.toJson(descriptor) as JsonObject,
})

/** The true snapshot of a channel: by the chain, by the vouchers that came, and by what was delivered. */
export async function snapshotOf(
  { options, channels, price }: Pick<Shop, 'options' | 'channels' | 'price'>,
  { id, descriptor, domain }: KnownChannel,
): Promise<JsonObject> {
  const { environment, ledger } = options
  const { deposit, settled } = await channelContract(environment.chain, domain).slot(id)
  const accepted = channels.best(id, deposit)?.amount ?? settled
  const spent = worth(ledger.channel(id))
  const required = accepted - spent >= price ? accepted : spent + price
  return {
    ...named({ channelId: id, descriptor }, domain),
    deposit: String(deposit),
    acceptedCumulative: String(accepted),
    spent: String(spent),
    settled: String(settled),
    requiredCumulative: String(required),
  }
}
