/**
 * Receipts as far as they can be read. One whose form is wrong still says where the money stands: the checks about its
 * form say what is wrong with it, and everything else goes on with what it says.
 */
import * as Base64url from '../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import * as Receipt from '../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../harness/http.ts'

/** The session receipt of a response, however it is written; undefined when it does not say where the money stands. */
export function receiptOf(answer: Exchange): Receipt.Receipt | undefined {
  const field = answer.field('payment-receipt')
  return field === undefined ? undefined : (attempted(() => Receipt.decode(field)) ?? fromJson(jsonOf(field)))
}

/** As `receiptOf`, for the data of an event. */
export const receiptIn = (data: string): Receipt.Receipt | undefined =>
  attempted(() => Receipt.fromJson(Json.decode(data))) ?? fromJson(attempted(() => Json.decode(data)))

/** What is wrong with the form of a response's receipt; undefined when nothing is, or there is none. */
export function malformed(answer: Exchange): string | undefined {
  const field = answer.field('payment-receipt')
  if (field === undefined) return undefined
  try {
    Receipt.decode(field)
    return undefined
  } catch (error) {
    if (error instanceof DecodeError) return error.message
    throw error
  }
}

/** The JSON of a field: padded, in the other alphabet, or not encoded at all. */
const jsonOf = (field: string): Json.JsonValue | undefined =>
  attempted(() => {
    const text = field.trim()
    if (text.startsWith('{')) return Json.decode(text)
    const plain = text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_')
    return Json.decode(Utf8.decode(Base64url.decode(plain)))
  })

function fromJson(value: Json.JsonValue | undefined): Receipt.Receipt | undefined {
  if (!Json.isObject(value)) return undefined
  const { reference, challengeId, timestamp, units } = value
  const channelId = bytes32(value['channelId']) ?? bytes32(reference)
  const [acceptedCumulative, spent] = [amount(value['acceptedCumulative']), amount(value['spent'])]
  if (channelId === undefined || acceptedCumulative === undefined || spent === undefined) return undefined
  const txHash = bytes32(value['txHash'])
  const told = Receipt.from({
    timestamp: typeof timestamp === 'string' ? timestamp : '',
    challengeId: typeof challengeId === 'string' ? challengeId : '',
    channelId,
    acceptedCumulative,
    spent,
    ...(typeof units === 'number' ? { units } : {}),
    ...(txHash === undefined ? {} : { txHash }),
  })
  // A reference of another form is told as it is: the check about it compares it.
  return { ...told, reference: (bytes32(reference) ?? String(reference)) as typeof channelId }
}

const bytes32 = (value: Json.JsonValue | undefined): `0x${string}` | undefined =>
  typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)
    ? (value.toLowerCase() as `0x${string}`)
    : undefined

/** Decimal text, or a number that is exact. */
const amount = (value: Json.JsonValue | undefined): bigint | undefined =>
  (typeof value === 'string' && /^[0-9]{1,78}$/.test(value)) || Number.isSafeInteger(value)
    ? BigInt(value as string | number)
    : undefined

function attempted<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
