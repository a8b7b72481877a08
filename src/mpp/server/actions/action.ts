/** What every action works on, what it answers, and the checks several of them share. */
import type { Address, Bytes32 } from '../../../codec/hex.ts'
import type { Descriptor } from '../../../contracts/descriptor.ts'
import * as Descriptors from '../../../contracts/descriptor.ts'
import type { Challenge } from '../../wire/challenge.ts'
import type { Close, Open, Payload, VoucherPayload } from '../../wire/payload.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import * as SessionRequest from '../../wire/session-request.ts'
import type { Contract } from '../contract/contract.ts'
import { domainOf, type Payee } from '../payee.ts'
import { check } from '../rules/rule.ts'
import type { ChannelRecord } from '../store/record.ts'

/** One verified credential: its challenge was issued here, for this offer. */
export interface ActionInput<P extends Payload = Payload> {
  payee: Payee
  challenge: Challenge
  terms: SessionRequest.SessionRequest
  payload: P
  /**
   * Called when the signature of a voucher for a known channel has verified: answers 0, or after how many seconds it
   * may come again.
   */
  pace?: (record: ChannelRecord, cumulativeAmount: bigint) => number
  /** Called when the credential has proved good and before it takes effect. */
  beforeAccept?: () => void
  /** Whether policy lets this payer have the resource. Asked before a transaction is sent. */
  allows?: (payer: Address) => boolean
}

/** A payment that is in order and not taken: it comes too fast, or policy does not allow it. */
export type Declined = { declined: 'too-fast'; retryAfterSeconds: number } | { declined: 'forbidden' }

export const isDeclined = (result: object): result is Declined => 'declined' in result

/** The channel's record after the action, or why the action was refused or declined. */
export type ActionResult = { record: ChannelRecord; transaction?: Bytes32 } | Refusal | Declined

/** Whether a result says why not. */
export const isRefusal = (result: object): result is Refusal => 'problem' in result

/** The contract a credential's challenge names: where its channel must live. */
export const contractFor = ({ payee, terms }: Pick<ActionInput, 'payee' | 'terms'>): Contract =>
  payee.contracts[SessionRequest.protocol(terms)]

/** The channel's record, if the payload describes it rightly and this payee knows it (before anything is trusted). */
export async function knownChannel(input: ActionInput): Promise<{ record: ChannelRecord } | Refusal> {
  const { payee, payload } = input
  const { protocol, address: escrow, described } = contractFor(input)
  const descriptor = await described(input)
  if (descriptor !== undefined && isRefusal(descriptor)) return descriptor
  const record = await payee.store.get(payload.channelId)
  if (record === undefined) return refuse('session/channel-not-found', 'no such channel here')
  return check(payee.rules.knownChannel, { payload, record, asked: { protocol, escrow } }) ?? { record }
}

/** Checks a voucher's signature against the channel's own signer. */
export async function checkSignature(
  input: ActionInput<Open | VoucherPayload | Close>,
  descriptor: Descriptor,
): Promise<Refusal | undefined> {
  const { payee, payload } = input
  const { action, signature, channelId, cumulativeAmount } = payload
  return check(payee.rules.signature, {
    voucher: { channelId, cumulativeAmount },
    domain: await domainOf(payee, contractFor(input).protocol),
    signature,
    action,
    signer: Descriptors.signer(descriptor),
    recoverKey: payee.recoverKey,
  })
}
