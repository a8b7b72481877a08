/**
 * The contract that keeps the channels of one session protocol, for payer and payee alike: v2 channels live in the
 * reserve, v1 channels in an escrow. Everything else about a channel is the same for both.
 *
 * ```ts
 * const contract = channelContract(new ChainClient(rpc), { protocol: 'v2', escrow: Reserve.address })
 * const { deposit } = await contract.slot(channelId)
 * ```
 */
import * as Hex from '../codec/hex.ts'
import type { Log } from '../contracts/abi.ts'
import type { Descriptor } from '../contracts/descriptor.ts'
import * as Reserve from '../contracts/reserve.ts'
import type { Domain, SessionProtocol } from '../contracts/voucher.ts'
import type { Account } from '../keys/account.ts'
import { readFrom } from './answers.ts'
import { escrow } from './channel-contract/escrow.ts'
import type { ChannelCall, ChannelEvent, ChannelName, Face } from './channel-contract/face.ts'
import { reserve } from './channel-contract/reserve.ts'
import type { ChainClient, Receipt, SendOptions } from './client.ts'
import type { Signed } from './transaction.ts'

/** An event by its name. */
export type EventNamed<Name extends ChannelEvent['name']> = Extract<ChannelEvent, { name: Name }>

/** What can be read of a channel contract, and done with it. */
export interface ChannelContract extends Face {
  readonly chain: ChainClient
  /** This contract's events among some logs, in order. Throws `RpcError` for logs that are none. */
  events(logs: readonly Log[]): ChannelEvent[]
  /** What was moved to the payee before the close. Throws `RpcError`. */
  settlements(id: Hex.Bytes32): Promise<EventNamed<'Settled'>[]>
  /** The events that closed a channel, from a block on; one at most: an id is never opened again. Throws `RpcError`. */
  closings(id: Hex.Bytes32, fromBlock?: number): Promise<EventNamed<'ChannelClosed'>[]>
  /** Every channel a payer opened, null for anybody's, from a block on, default the first; oldest first. Throws `RpcError`. */
  openedBy(payer: Hex.Address | null, fromBlock?: number): Promise<ChannelName[]>
  /** Signs a call as one transaction. Nothing is sent. Throws `RpcError`. */
  sign(account: Account, call: ChannelCall, options?: SendOptions): Promise<Signed>
  /** Signs and broadcasts a call, and waits for the receipt. Throws `RpcError` when the node refuses it. */
  send(account: Account, call: ChannelCall, options?: SendOptions): Promise<Receipt>
}

/** The protocol of the channels at an address: the reserve's are v2, any other contract's v1. */
export const protocolAt = (address: Hex.Address): SessionProtocol =>
  address === Reserve.address ? 'v2' : 'v1'

/** The contract of a protocol: the reserve has one address on every chain, an escrow its own. */
export function channelContract(
  chain: ChainClient,
  { protocol, escrow: at }: Pick<Domain, 'protocol' | 'escrow'>,
): ChannelContract {
  const face = protocol === 'v2' ? reserve(chain) : escrow(chain, at)
  const { address } = face
  const events = (logs: readonly Log[]) =>
    readFrom('eth_getLogs', () => logs.map(face.decodeEvent).filter((event) => event !== undefined))

  async function named<Name extends ChannelEvent['name']>(
    name: Name,
    topics: readonly (Hex.Hex | null)[],
    fromBlock = 0,
  ) {
    const logs = await chain.logs(address, [face.topic(name), ...topics], fromBlock)
    return events(logs).filter((event): event is EventNamed<Name> => event.name === name)
  }
  const sign: ChannelContract['sign'] = (account, call, options) =>
    chain.sign(account, face.calls(call), options)

  return {
    ...face,
    chain,
    events,
    settlements: (id) => named('Settled', [id]),
    closings: (id, fromBlock) => named('ChannelClosed', [id], fromBlock),
    async openedBy(payer, fromBlock) {
      const topics = payer === null ? [] : [null, topicOf(payer)]
      return (await named('ChannelOpened', topics, fromBlock)).map((event) => ({
        channelId: event.channelId,
        descriptor: descriptorOf(event),
      }))
    },
    sign,
    send: async (account, call, options) => chain.broadcast((await sign(account, call, options)).raw),
  }
}

const topicOf = (address: Hex.Address): Hex.Bytes32 => `0x${'00'.repeat(12)}${Hex.address(address).slice(2)}`

function descriptorOf(event: EventNamed<'ChannelOpened'>): Descriptor {
  const { payer, payee, token, salt, authorizedSigner } = event
  const { operator = Hex.zeroAddress, expiringNonceHash = Hex.zeroBytes32 } = event as Partial<Descriptor>
  return { payer, payee, operator, token, salt, authorizedSigner, expiringNonceHash }
}
