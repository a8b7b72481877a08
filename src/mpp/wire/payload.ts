/**
 * The four payloads of a tempo session credential (tempo session draft, "Payload Actions").
 *
 * A v2 payload carries a descriptor, a v1 payload none. Amounts are read as uint128 here; that a v2 amount fits
 * uint96 is a rule, with its own refusal.
 */
import { z } from 'zod'
import { address, amount, bytes, bytes32, decodeWith, encodeWith, type Known } from '../../codec/schema.ts'
import * as Descriptor from '../../contracts/descriptor.ts'

const common = { channelId: bytes32, descriptor: Descriptor.schema.optional() }
/** Any hex: whether it is a signature is a rule (invalid-signature), not syntax. */
const voucher = { cumulativeAmount: amount(), signature: bytes }

export const openSchema = z.looseObject({
  action: z.literal('open'),
  type: z.literal('transaction'),
  ...common,
  ...voucher,
  /** The signed open transaction, ready to broadcast. */
  transaction: bytes,
  authorizedSigner: address.optional(),
})
export const topUpSchema = z.looseObject({
  action: z.literal('topUp'),
  type: z.literal('transaction'),
  ...common,
  transaction: bytes,
  additionalDeposit: amount(),
})
export const voucherSchema = z.looseObject({ action: z.literal('voucher'), ...common, ...voucher })
export const closeSchema = z.looseObject({
  action: z.literal('close'),
  ...common,
  ...voucher,
  /** Consent to close a v2 channel with this voucher (spec/readings.md A28). Any hex, as for a voucher. */
  closeSignature: bytes.optional(),
})

export const schema = z.discriminatedUnion('action', [openSchema, topUpSchema, voucherSchema, closeSchema])

export type Open = Known<z.output<typeof openSchema>>
export type TopUp = Known<z.output<typeof topUpSchema>>
export type VoucherPayload = Known<z.output<typeof voucherSchema>>
export type Close = Known<z.output<typeof closeSchema>>
export type Payload = Open | TopUp | VoucherPayload | Close
export type Action = Payload['action']

/** A payload to the JSON object inside a credential. */
export const toJson = (payload: Payload): z.input<typeof schema> =>
  encodeWith(schema, payload as z.output<typeof schema>)

/** The JSON object inside a credential to a payload. Throws `DecodeError`. */
export const fromJson = (value: unknown): Payload => decodeWith(schema, value)
