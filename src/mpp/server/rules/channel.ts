/** Rules on which channel a payload is about: tempo session draft, "Channel Descriptor". */
import { type Address, zeroAddress } from '../../../codec/hex.ts'
import { maxUint96 } from '../../../codec/uint.ts'
import * as ChannelId from '../../../contracts/channel-id.ts'
import * as Descriptor from '../../../contracts/descriptor.ts'
import type { SessionProtocol } from '../../../contracts/voucher.ts'
import type { Payload } from '../../wire/payload.ts'
import { refuse } from '../../wire/problem.ts'
import type { SessionRequest } from '../../wire/session-request.ts'
import type { ChannelRecord } from '../store/record.ts'
import type { RuleTable } from './rule.ts'

export interface DescriptorInput {
  payload: Payload
  /** The payload's descriptor; there is one, `hasDescriptor` ran before. */
  descriptor: Descriptor.Descriptor
  offered: SessionRequest
  place: ChannelId.Place
}

const mismatch = (what: string) =>
  refuse('verification-failed', `the descriptor's ${what} is not the one that is asked`)

export const descriptorRules = {
  /** SESS-DESC-002. */
  payeeIsRecipient: ({ descriptor, offered }) =>
    descriptor.payee === offered.recipient ? undefined : mismatch('payee'),
  /** SESS-DESC-003. */
  tokenIsCurrency: ({ descriptor, offered }) =>
    descriptor.token === offered.currency ? undefined : mismatch('token'),
  /** SESS-DESC-004, CHAN-OPER-001. */
  operatorIsAdvertised: ({ descriptor, offered }) =>
    descriptor.operator === (offered.methodDetails.operator ?? zeroAddress)
      ? undefined
      : mismatch('operator'),
  /** SESS-CHID-003. */
  channelIdIsDerived: ({ payload, descriptor, place }) =>
    payload.channelId === ChannelId.v2(descriptor, place)
      ? undefined
      : refuse('verification-failed', 'the channel id does not follow from the descriptor'),
  /** SESS-DESC-006. */
  amountsFit: ({ payload }) => {
    const amount = payload.action === 'topUp' ? payload.additionalDeposit : payload.cumulativeAmount
    return amount <= maxUint96
      ? undefined
      : refuse('session/amount-exceeds-deposit', 'a v2 amount fits 96 bits')
  },
} satisfies RuleTable<DescriptorInput>

export interface KnownInput {
  payload: Payload
  record: ChannelRecord
  /** What the challenge names. */
  asked: { protocol: SessionProtocol; escrow: Address }
}

export const knownChannelRules = {
  /** SESS-PROTO-004: a channel of another protocol, or of another contract, pays for nothing here. */
  sameContract: ({ record, asked }) =>
    record.protocol === asked.protocol && record.escrow === asked.escrow
      ? undefined
      : refuse('session/channel-not-found', `no such ${asked.protocol} channel here`),
  /** SESS-TOPUP-005, SESS-CLOSE-002; a v1 payload has none to compare. */
  sameDescriptor: ({ payload, record }) =>
    record.protocol === 'v1' ||
    (payload.descriptor !== undefined && Descriptor.equal(payload.descriptor, record.descriptor))
      ? undefined
      : refuse('verification-failed', 'the descriptor is not that of the channel'),
} satisfies RuleTable<KnownInput>
