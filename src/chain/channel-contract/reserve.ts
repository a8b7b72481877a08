/** v2 channels: the reserve of TIP-1034. Every call carries the descriptor; a channel that is over leaves no slot. */
import type { Bytes32 } from '../../codec/hex.ts'
import * as ChannelId from '../../contracts/channel-id.ts'
import * as Reserve from '../../contracts/reserve.ts'
import { abi, decodeEvent, decodeState, encodeCall, stateCall } from '../../contracts/reserve-abi.ts'
import { readFrom } from '../answers.ts'
import type { ChainClient } from '../client.ts'
import type { ChannelCall, Face } from './face.ts'

/** The reserve of a chain. */
export function reserve(chain: ChainClient): Face {
  const { address } = Reserve
  return {
    protocol: 'v2',
    address,
    domain: (chainId) => ({ protocol: 'v2', escrow: address, chainId }),
    idOf: (descriptor, chainId) => ChannelId.v2(descriptor, { escrow: address, chainId }),
    descriptor: (parts, { expiringNonceHash }) => ({ ...parts, expiringNonceHash }),
    calls: (call) => [{ to: address, data: encodeCall(reserveCall(call)) }],
    async slot(channelId: Bytes32, blockNumber) {
      const answer = await chain.call(address, stateCall(channelId), blockNumber)
      return readFrom('eth_call', () => decodeState(answer))
    },
    closeGraceSeconds: async () => Reserve.closeGracePeriodSeconds,
    topic: (name) => abi.topic(name),
    decodeEvent,
  }
}

function reserveCall(call: ChannelCall): Reserve.Call {
  if (call.type === 'open') return call
  const { channel, ...rest } = call
  return { ...rest, descriptor: channel.descriptor }
}
