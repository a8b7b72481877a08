/**
 * The contract behind a subject's channels, as its payers use it: the reserve (v2) or an escrow (v1), by the protocol
 * its challenge names. Scenarios need not care, except where they judge what only one of the two has.
 */

import { type Calls, liveDeposit } from '../../../../src/chain/channel-contract/face.ts'
import { type ChannelContract, channelContract } from '../../../../src/chain/channel-contract.ts'
import type { Receipt } from '../../../../src/chain/client.ts'
import type { Bytes32 } from '../../../../src/codec/hex.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import type * as Reserve from '../../../../src/contracts/reserve.ts'
import type * as Voucher from '../../../../src/contracts/voucher.ts'
import * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import type { SubjectOptions } from './subject.ts'

export type { Calls } from '../../../../src/chain/channel-contract/face.ts'

/** How a channel was closed. */
export interface Closing {
  settledToPayee: bigint
  refundedToPayer: bigint
}

interface Named {
  id: Bytes32
  descriptor: Descriptor
}

export interface Backing extends Pick<ChannelContract, 'descriptor' | 'events' | 'settlements' | 'closings'> {
  /** What vouchers are signed under. */
  readonly domain: Voucher.Domain
  /** The channel's id. */
  idOf(descriptor: Descriptor): Bytes32
  openCalls(call: Reserve.OpenCall): Calls
  topUpCalls(channel: Named, additionalDeposit: bigint): Calls
  /** Begins a forced close. */
  requestCloseCalls(channel: Named): Calls
  /** Ends a forced close after the grace period. */
  withdrawCalls(channel: Named): Calls
  /** The channel on chain; a closed one holds nothing. */
  slot(id: Bytes32): Promise<Reserve.Slot>
  /** The closing of a channel in a transaction, if it is there. */
  closingIn(receipt: Receipt, id: Bytes32): Closing | undefined
}

/** The contract a challenge names. */
export function backingOf({ chain, chainId }: SubjectOptions, terms: SessionRequest.SessionRequest): Backing {
  const protocol = SessionRequest.protocol(terms)
  const contract = channelContract(chain, { protocol, escrow: terms.methodDetails.escrowContract })
  const channelOf = ({ id: channelId, descriptor }: Named) => ({ channelId, descriptor })
  return {
    ...contract,
    domain: contract.domain(chainId),
    idOf: (descriptor) => contract.idOf(descriptor, chainId),
    openCalls: (call) => contract.calls(call),
    topUpCalls: (named, additionalDeposit) =>
      contract.calls({ type: 'topUp', channel: channelOf(named), additionalDeposit }),
    requestCloseCalls: (named) => contract.calls({ type: 'requestClose', channel: channelOf(named) }),
    withdrawCalls: (named) => contract.calls({ type: 'withdraw', channel: channelOf(named) }),
    async slot(id) {
      const slot = await contract.slot(id)
      const { settled, closeRequestedAt } = slot
      return { deposit: liveDeposit(slot), settled, closeRequestedAt }
    },
    closingIn({ logs }, id) {
      const isClosing = ({ name, channelId }: Reserve.Event | { name: string; channelId: Bytes32 }) =>
        name === 'ChannelClosed' && channelId === id
      const event = contract.events(logs).find(isClosing)
      return event?.name === 'ChannelClosed' ? event : undefined
    },
  }
}
