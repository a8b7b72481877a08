/** What every action works on, what it answers, and the checks several of them share. */
import type { Bytes32 } from '../../codec/hex.ts'
import type { Challenge } from '../../mpp/challenge.ts'
import type { Descriptor } from '../../mpp/descriptor.ts'
import * as Descriptors from '../../mpp/descriptor.ts'
import type { Close, Open, Payload, VoucherPayload } from '../../mpp/payload.ts'
import { type Refusal, refuse } from '../../mpp/problem.ts'
import type { SessionRequest } from '../../mpp/session-request.ts'
import { domainOf, type Payee, placeOf } from '../payee.ts'
import { check } from '../rules/rule.ts'
import type { ChannelRecord } from '../store/record.ts'

/** One verified credential: its challenge was issued here, for this offer. */
export interface ActionInput<P extends Payload = Payload> {
  payee: Payee
  challenge: Challenge
  terms: SessionRequest
  payload: P
  /** Called when the credential has proved good and before it takes effect. */
  beforeAccept?: () => void
}

/** What became of an action: the channel as it is now, or why not. */
export type ActionResult = { record: ChannelRecord; transaction?: Bytes32 } | Refusal

/** Whether a result says why not. */
export const isRefusal = (result: object): result is Refusal => 'problem' in result

/** The payload's descriptor, checked against the challenge and the channel id (steps before anything is trusted). */
export async function describedChannel({
  payee,
  payload,
  terms,
}: ActionInput): Promise<Descriptor | Refusal> {
  const { descriptor } = payload
  if (descriptor === undefined) return refuse('invalid-payload', 'a v2 payload carries a descriptor')
  const input = { payload, descriptor, offered: terms, place: await placeOf(payee) }
  return check(payee.rules.descriptor, input) ?? descriptor
}

/** The channel's record, if this payee knows it by this descriptor. */
export async function knownChannel({
  payee,
  payload,
}: ActionInput): Promise<{ record: ChannelRecord } | Refusal> {
  const record = await payee.store.get(payload.channelId)
  if (record === undefined) return refuse('session/channel-not-found', 'no such channel here')
  return check(payee.rules.knownChannel, { payload, record }) ?? { record }
}

/** Checks a voucher's signature against the channel's own signer. */
export async function checkSignature(
  { payee, payload }: ActionInput<Open | VoucherPayload | Close>,
  descriptor: Descriptor,
): Promise<Refusal | undefined> {
  const { action, signature, channelId, cumulativeAmount } = payload
  return check(payee.rules.signature, {
    voucher: { channelId, cumulativeAmount },
    domain: await domainOf(payee),
    signature,
    action,
    signer: Descriptors.signer(descriptor),
    recoverKey: payee.recoverKey,
  })
}
