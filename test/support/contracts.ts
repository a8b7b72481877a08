/** The two channel contracts on a chain, for tests that call them past every payer and payee. */
import { type ChannelContract, channelContract } from '../../src/chain/channel-contract.ts'
import type { ChainClient } from '../../src/chain/client.ts'
import type { Address } from '../../src/codec/hex.ts'
import * as Escrow from '../../src/contracts/escrow.ts'
import * as Reserve from '../../src/contracts/reserve.ts'

/** The reserve: v2 channels. */
export const reserveOn = (chain: ChainClient): ChannelContract =>
  channelContract(chain, { protocol: 'v2', escrow: Reserve.address })

/** An escrow: v1 channels. */
export const escrowOn = (chain: ChainClient, address: Address = Escrow.address): ChannelContract =>
  channelContract(chain, { protocol: 'v1', escrow: address })
