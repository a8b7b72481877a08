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

/** The payload of `open`. Source: tempo session draft, "Open Payload". */
export const openSchema = z.looseObject({
  action: z.literal('open'),
  type: z.literal('transaction'),
  ...common,
  ...voucher,
  /** The signed open transaction, ready to broadcast. */
  transaction: bytes,
  authorizedSigner: address.optional(),
})

/** The payload of `topUp`. Source: tempo session draft, "TopUp Payload". */
export const topUpSchema = z.looseObject({
  action: z.literal('topUp'),
  type: z.literal('transaction'),
  ...common,
  transaction: bytes,
  additionalDeposit: amount(),
})

/** The payload of `voucher`. Source: tempo session draft, "Payload Actions". */
export const voucherSchema = z.looseObject({ action: z.literal('voucher'), ...common, ...voucher })

/** The payload of `close`. Source: tempo session draft, "Close Payload". */
export const closeSchema = z.looseObject({
  action: z.literal('close'),
  ...common,
  ...voucher,
  /** Consent to close a v2 channel with this voucher (spec/readings.md A28). Any hex, as for a voucher. */
  closeSignature: bytes.optional(),
})

/** The payload of a session credential, by its action. */
export const schema = z.discriminatedUnion('action', [openSchema, topUpSchema, voucherSchema, closeSchema])

/** Opens a channel with a signed transaction and a first voucher. */
export type Open = Known<z.output<typeof openSchema>>

/** Adds to the deposit with a signed transaction. */
export type TopUp = Known<z.output<typeof topUpSchema>>

/** Raises the total that may be spent. */
export type VoucherPayload = Known<z.output<typeof voucherSchema>>

/** Ends the channel with a last voucher. */
export type Close = Known<z.output<typeof closeSchema>>

/** The payload of a session credential. */
export type Payload = Open | TopUp | VoucherPayload | Close

/** What a session credential does. */
export type Action = Payload['action']

/** A payload to the JSON object inside a credential. */
export const toJson = (payload: Payload): z.input<typeof schema> =>
  encodeWith(schema, payload as z.output<typeof schema>)

/** The JSON object inside a credential to a payload. Throws `DecodeError`. */
export const fromJson = (value: unknown): Payload => decodeWith(schema, value)
