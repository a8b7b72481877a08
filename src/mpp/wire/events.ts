/**
 * The two control events of a paid SSE stream (tempo session draft, "Insufficient Balance During Streaming" and
 * "Receipt Generation"). Their data is one line of JSON.
 */
import { z } from 'zod'
import { amount, bytes32, decodeText, encodeWith, type Known } from '../../codec/schema.ts'
import * as Sse from '../../codec/sse.ts'
import * as Receipt from './receipt.ts'

/** Asks for a voucher; the stream is paused until one comes. */
export const needVoucherEvent = 'payment-need-voucher'
/** The final state of a stream that ended normally. */
export const receiptEvent = 'payment-receipt'

/** The data of a need-voucher event. Source: tempo session draft, "Insufficient Balance During Streaming". */
export const needVoucherSchema = z.looseObject({
  acceptedCumulative: amount(),
  channelId: bytes32,
  deposit: amount(),
  /** The least total that pays the next unit. A request, never an authority. */
  requiredCumulative: amount(),
})

/** A request for a higher voucher; amounts in base units. It is no authority. */
export type NeedVoucher = Known<z.output<typeof needVoucherSchema>>

/** A need-voucher event to SSE text. */
export const encodeNeedVoucher = (needed: NeedVoucher): string =>
  Sse.encode({ event: needVoucherEvent, data: JSON.stringify(encodeWith(needVoucherSchema, needed)) })

/** A receipt event to SSE text. */
export const encodeReceipt = (receipt: Receipt.Receipt): string =>
  Sse.encode({ event: receiptEvent, data: JSON.stringify(Receipt.toJson(receipt)) })

/** The data of a need-voucher event. Throws `DecodeError`. */
export const decodeNeedVoucher = (data: string): NeedVoucher => decodeText(needVoucherSchema, data)

/** The data of a receipt event. Throws `DecodeError`. */
export const decodeReceipt = (data: string): Receipt.Receipt => decodeText(Receipt.schema, data)
