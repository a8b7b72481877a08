/**
 * A channel contract as a payee uses it: what payloads say of a channel is checked against the terms, transactions of
 * payers before they are sponsored or broadcast. Everything else of a session is the same for both protocols.
 */
import type { ChannelContract } from '../../../chain/channel-contract.ts'
import type { Receipt } from '../../../chain/client.ts'
import type { Bytes32 } from '../../../codec/hex.ts'
import type { Descriptor } from '../../../contracts/descriptor.ts'
import type { Open, Payload, TopUp } from '../../wire/payload.ts'
import type { Refusal } from '../../wire/problem.ts'
import type { SessionRequest } from '../../wire/session-request.ts'
import type { Payee } from '../payee.ts'
import type { ChannelRecord } from '../store/record.ts'

/** A payload to be judged, and the terms it answers. */
export interface Asked<P extends Payload = Payload> {
  payee: Payee
  terms: SessionRequest
  payload: P
}

/** What a payer's open transaction will do. */
export interface SignedOpen {
  /** Of a v1 channel: operator and hash are zero. */
  descriptor: Descriptor
  deposit: bigint
}

/** A deposit that an event tells of. */
export interface Deposited {
  /** By this transaction. */
  amount: bigint
  /** In the channel afterwards. */
  total: bigint
}

export interface Contract extends ChannelContract {
  /** The channel a payload says it is about, checked against the terms; undefined where payloads do not say. */
  described(asked: Asked): Promise<Descriptor | Refusal | undefined>
  /** Decodes an open transaction and checks it before anything is sponsored or broadcast. */
  readOpen(asked: Asked<Open>): Promise<SignedOpen | Refusal>
  /** The same for a top-up of a known channel. */
  checkTopUp(asked: Asked<TopUp>, record: ChannelRecord): Promise<Refusal | undefined>
}

/** The deposit a receipt tells of: the contract's own event, for this channel. */
export function deposited(
  contract: ChannelContract,
  { logs }: Receipt,
  name: 'ChannelOpened' | 'TopUp',
  channelId: Bytes32,
): Deposited | undefined {
  const event = contract.events(logs).find((found) => found.name === name && found.channelId === channelId)
  if (event?.name === 'ChannelOpened') return { amount: event.deposit, total: event.deposit }
  if (event?.name === 'TopUp') return { amount: event.additionalDeposit, total: event.newDeposit }
  return undefined
}
