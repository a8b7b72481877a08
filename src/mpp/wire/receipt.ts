/**
 * Receipts: `Payment-Receipt: <base64url(JSON)>`, and the data of a `payment-receipt` event.
 * Sources: core draft-01, "Payment-Receipt"; tempo session draft, "Receipt Generation".
 */
import { z } from 'zod'
import { compile, register } from '../../codec/compiled-schema.ts'
import * as EncodedJson from '../../codec/encoded-json.ts'
import * as Field from '../../codec/field.ts'
import { amount, bytes32, decodeWith, encodeWith, type Known, timestamp } from '../../codec/schema.ts'
import { inOneStep } from './receipt-text.ts'

/** Largest receipt that is read, in characters of base64url. */
export const maxReceiptChars = 16_384

/** What every method's receipt has. */
export const coreSchema = z.looseObject({
  status: z.literal('success'),
  method: z.string(),
  timestamp,
  reference: z.string(),
})

const members = z.looseObject({
  method: z.literal('tempo'),
  intent: z.literal('session'),
  status: z.literal('success'),
  timestamp,
  /** The channel id (SESS-RCPT-003). */
  reference: bytes32,
  challengeId: z.string(),
  channelId: bytes32,
  acceptedCumulative: amount(),
  spent: amount(),
  /** Units this request consumed. */
  units: z.int().nonnegative().optional(),
  /** The transaction of an open, top-up, settlement or close. */
  txHash: bytes32.optional(),
})

/** The receipt of a tempo session. */
export const schema = register(members.clone(), inOneStep(compile(members)))

/** A receipt of any method. */
export type CoreReceipt = Known<z.output<typeof coreSchema>>

/** The receipt of a session; amounts in base units. A claim of the server. */
export type Receipt = Known<z.output<typeof schema>>

/** A session receipt with the fields that never vary filled in. `timestamp` is RFC 3339 text. */
export function from(
  fields: Pick<
    Receipt,
    'timestamp' | 'challengeId' | 'channelId' | 'acceptedCumulative' | 'spent' | 'units' | 'txHash'
  >,
): Receipt {
  const present = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return {
    method: 'tempo',
    intent: 'session',
    status: 'success',
    reference: fields.channelId,
    ...(present as typeof fields),
  }
}

/** A session receipt to a JSON object; amounts become decimal text in base units. */
export const toJson = (receipt: Receipt): z.input<typeof schema> => encodeWith(schema, receipt)

/** A JSON value to a session receipt. Throws `DecodeError`. */
export const fromJson = (value: unknown): Receipt => decodeWith(schema, value)

/** A session receipt to the value of `Payment-Receipt`: base64url of its JSON. */
export const encode = (receipt: Receipt): string => EncodedJson.encodeAs(schema, receipt)

/** A field value to a session receipt. Throws `DecodeError`. */
export const decode = (field: string): Receipt => decodeField(schema, field)

/** A receipt of any method to a field value. */
export const encodeCore = (receipt: CoreReceipt): string => EncodedJson.encodeAs(coreSchema, receipt)

/** A field value to a receipt of any method. Throws `DecodeError`. */
export const decodeCore = (field: string): CoreReceipt => decodeField(coreSchema, field)

const decodeField = <S extends z.ZodType>(shape: S, field: string): z.output<S> =>
  EncodedJson.decodeAs(shape, Field.trim(field), maxReceiptChars)
