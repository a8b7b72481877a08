/**
 * The contract behind a subject's channels, as its payers use it: the reserve (v2) or an escrow (v1), by the protocol
 * its challenge names. Scenarios need not care, except where they judge what only one of the two has.
 */
import type { Receipt } from '../../../../src/chain/client.ts'
import { EscrowClient } from '../../../../src/chain/escrow-client.ts'
import type * as Transaction from '../../../../src/chain/transaction.ts'
import { type Bytes32, zeroBytes32 } from '../../../../src/codec/hex.ts'
import * as ChannelId from '../../../../src/contracts/channel-id.ts'
import type { Descriptor } from '../../../../src/contracts/descriptor.ts'
import type * as Escrow from '../../../../src/contracts/escrow.ts'
import * as Reserve from '../../../../src/contracts/reserve.ts'
import { encodeCall } from '../../../../src/contracts/reserve-abi.ts'
import type * as Voucher from '../../../../src/contracts/voucher.ts'
import * as SessionRequest from '../../../../src/mpp/wire/session-request.ts'
import type { SubjectOptions } from './subject.ts'

/** What one transaction does. */
export type Calls = Transaction.TransactionRequest['calls']

/** How a channel was closed. */
export interface Closing {
  settledToPayee: bigint
  refundedToPayer: bigint
}

export interface Backing {
  /** What vouchers are signed under. */
  readonly domain: Voucher.Domain
  /** The channel's id. */
  idOf(descriptor: Descriptor): Bytes32
  /** A descriptor as far as the protocol has one: v1 has no operator and no hash. */
  descriptor(parts: Omit<Descriptor, 'expiringNonceHash'>, signed: { expiringNonceHash: Bytes32 }): Descriptor
  openCalls(call: Reserve.OpenCall): Promise<Calls>
  topUpCalls(channel: { id: Bytes32; descriptor: Descriptor }, additionalDeposit: bigint): Promise<Calls>
  /** Begins a forced close. */
  requestCloseCalls(channel: { id: Bytes32; descriptor: Descriptor }): Promise<Calls>
  /** Ends a forced close after the grace period. */
  withdrawCalls(channel: { id: Bytes32; descriptor: Descriptor }): Promise<Calls>
  /** The channel on chain; a closed one holds nothing. */
  slot(id: Bytes32): Promise<Reserve.Slot>
  /** What each settlement paid the payee before the close. */
  settlements(id: Bytes32): Promise<{ deltaPaid: bigint }[]>
  /** The events that closed a channel: one at most. */
  closings(id: Bytes32): Promise<Closing[]>
  /** The closing of a channel in a transaction, if it is there. */
  closingIn(receipt: Receipt, id: Bytes32): Closing | undefined
}

/** The contract a challenge names. */
export function backingOf({ chain, chainId }: SubjectOptions, terms: SessionRequest.SessionRequest): Backing {
  const escrow = terms.methodDetails.escrowContract
  if (SessionRequest.protocol(terms) === 'v1') return escrowBacking(new EscrowClient(chain, escrow), chainId)
  const domain = { protocol: 'v2', escrow: Reserve.address, chainId } as const
  const one = (call: Reserve.Call) => Promise.resolve([{ to: Reserve.address, data: encodeCall(call) }])
  return {
    domain,
    idOf: (descriptor) => ChannelId.v2(descriptor, domain),
    descriptor: (parts, { expiringNonceHash }) => ({ ...parts, expiringNonceHash }),
    openCalls: one,
    topUpCalls: ({ descriptor }, additionalDeposit) => one({ type: 'topUp', descriptor, additionalDeposit }),
    requestCloseCalls: ({ descriptor }) => one({ type: 'requestClose', descriptor }),
    withdrawCalls: ({ descriptor }) => one({ type: 'withdraw', descriptor }),
    slot: (id) => chain.channel(id),
    settlements: (id) => chain.settlements(id),
    closings: (id) => chain.closings(id),
    closingIn: ({ events }, id) => closingAmong(events, id),
  }
}

function escrowBacking(client: EscrowClient, chainId: number): Backing {
  const domain = { protocol: 'v1', escrow: client.address, chainId } as const
  return {
    domain,
    idOf: (descriptor) => ChannelId.v1(descriptor, domain),
    descriptor: (parts) => ({ ...parts, expiringNonceHash: zeroBytes32 }),
    openCalls: ({ operator: _, ...call }) => client.calls(call),
    topUpCalls: ({ id: channelId }, additionalDeposit) =>
      client.calls({ type: 'topUp', channelId, additionalDeposit }),
    requestCloseCalls: ({ id: channelId }) => client.calls({ type: 'requestClose', channelId }),
    withdrawCalls: ({ id: channelId }) => client.calls({ type: 'withdraw', channelId }),
    async slot(id) {
      const channel = await client.channel(id)
      const { deposit, settled, closeRequestedAt, finalized } = channel ?? absentChannel
      return { deposit: finalized ? 0n : deposit, settled, closeRequestedAt }
    },
    settlements: (id) => client.settlements(id),
    closings: (id) => client.closings(id),
    closingIn: ({ logs }, id) => closingAmong(client.events(logs), id),
  }
}

const absentChannel = { deposit: 0n, settled: 0n, closeRequestedAt: 0, finalized: false }

function closingAmong(events: readonly (Reserve.Event | Escrow.Event)[], id: Bytes32): Closing | undefined {
  const event = events.find(({ name, channelId }) => name === 'ChannelClosed' && channelId === id)
  return event?.name === 'ChannelClosed' ? event : undefined
}
