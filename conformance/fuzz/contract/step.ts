/** One step of a channel contract as a bystander sees it: what was asked, what came of it, before and after. */

import type { Address, Bytes32 } from '../../../src/codec/hex.ts'
import type { Descriptor } from '../../../src/contracts/descriptor.ts'
import type * as Escrow from '../../../src/contracts/escrow.ts'
import type { TokenEvent } from '../../../src/contracts/token.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import type { Stored } from './contract.ts'
import type { Outcome, Snapshot } from './machine.ts'
import type { Request } from './request.ts'

/** What is known of an id from the logs and transfers so far. */
export interface Life {
  /** Of the request that opened it, and the transaction that held the request. */
  descriptor: Descriptor
  transaction: number
  paidIn: bigint
  paidOut: bigint
  ended: boolean
}

/** The state as events alone tell it. */
export interface Replay {
  channels: ReadonlyMap<Bytes32, Told>
  balances: ReadonlyMap<string, bigint>
}
export interface Told {
  deposit: bigint
  settled: bigint
  requestedAt: number
  ended: boolean
}

export interface Step {
  version: SessionProtocol
  contract: Address
  maxDeposit: bigint
  timestamp: number
  /** Counts transactions. */
  transaction: number
  /** The call, and the id it is about; absent for time, transfers, approvals and policies. */
  call?: { request: Request; id: Bytes32; life: Life | undefined; voucherIsGood: boolean }
  outcome: Outcome
  before: Snapshot
  after: Snapshot
  replay: Replay
  /** Lives of all ids, before the step. */
  lives: ReadonlyMap<Bytes32, Life>
  /** Tokens the contract was given outside any channel, after the step: `token` -> amount. */
  gifts: ReadonlyMap<Address, bigint>
  supplies: ReadonlyMap<Address, bigint>
  mayTransfer(token: Address, account: Address, role: 'send' | 'receive'): boolean
}

/** What is stored, in words both contracts share; undefined for a v2 channel that is gone. */
export const view = (stored: Stored | undefined): Told | undefined =>
  stored && {
    deposit: stored.deposit,
    settled: stored.settled,
    requestedAt: stored.closeRequestedAt,
    ended: (stored as Partial<Escrow.Channel>).finalized ?? false,
  }

/** The tokens a step moved out of the contract, by recipient, and into it. */
export function moved({ outcome, contract }: Step): {
  out: (TokenEvent & { name: 'Transfer' })[]
  in: bigint
} {
  const transfers = 'revert' in outcome ? [] : outcome.transfers.filter((event) => event.name === 'Transfer')
  const incoming = transfers.filter(({ from, to }) => to === contract && from !== contract)
  return {
    out: transfers.filter(({ from }) => from === contract),
    in: incoming.reduce((sum, { amount }) => sum + amount, 0n),
  }
}
