/**
 * v1 channels: an escrow contract. Calls name their channel by its id; deposits are pulled on an allowance, so open and
 * top-up are two calls in one transaction. A channel that is over stays in storage, marked finalized.
 */
import { type Address, type Bytes32, zeroAddress, zeroBytes32 } from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import type * as Escrow from '../../contracts/escrow.ts'
import { abi, decodeChannel, decodeEvent, encodeCall } from '../../contracts/escrow-abi.ts'
import { abi as tokenAbi } from '../../contracts/token-abi.ts'
import { readFrom } from '../answers.ts'
import type { ChainClient } from '../client.ts'
import type { Calls, ChannelCall, Face } from './face.ts'

/** The escrow at an address. */
export function escrow(chain: ChainClient, address: Address): Face {
  return {
    protocol: 'v1',
    address,
    domain: (chainId) => ({ protocol: 'v1', escrow: address, chainId }),
    idOf: (descriptor, chainId) => ChannelId.v1(descriptor, { escrow: address, chainId }),
    descriptor: (parts) => ({ ...parts, operator: zeroAddress, expiringNonceHash: zeroBytes32 }),
    calls: (call) => callsOf(address, call),
    async slot(id, blockNumber) {
      const stored = await storedChannel(chain, address, id, blockNumber)
      if (stored === undefined) return { deposit: 0n, settled: 0n, closeRequestedAt: 0 }
      const { deposit, settled, closeRequestedAt, finalized, payee, token } = stored
      return { deposit, settled, closeRequestedAt, finalized, parties: { payee, token } }
    },
    /** Deployments differ (spec/readings.md E12). */
    async closeGraceSeconds() {
      const answer = await chain.call(address, abi.encodeCall('CLOSE_GRACE_PERIOD', {}))
      return Number(readFrom('eth_call', () => abi.decodeResult('CLOSE_GRACE_PERIOD', answer)))
    },
    topic: (name) => abi.topic(name),
    decodeEvent: (log) => decodeEvent(address, log),
  }
}

/** All that an escrow stores of a channel; undefined when it was never opened. Throws `RpcError`. */
export async function storedChannel(
  chain: ChainClient,
  address: Address,
  channelId: Bytes32,
  blockNumber?: number,
): Promise<Escrow.Channel | undefined> {
  const answer = await chain.call(address, abi.encodeCall('getChannel', { channelId }), blockNumber)
  const channel = readFrom('eth_call', () => decodeChannel(answer))
  return BigInt(channel.payer) === 0n ? undefined : channel
}

function callsOf(address: Address, call: ChannelCall): Calls {
  const own = (call: Escrow.Call) => ({ to: address, data: encodeCall(call) })
  const approval = (token: Address, amount: bigint) => ({
    to: token,
    data: tokenAbi.encodeCall('approve', { spender: address, amount }),
  })
  if (call.type === 'open') {
    const { operator: _, ...open } = call
    return [approval(call.token, call.deposit), own(open)]
  }
  const { channel, ...rest } = call
  const named = own({ ...rest, channelId: channel.channelId })
  return call.type === 'topUp' ? [approval(channel.descriptor.token, call.additionalDeposit), named] : [named]
}
