/**
 * Receipts as far as they can be read. One whose form is wrong still says where the money stands: the checks about its
 * form say what is wrong with it, and everything else goes on with what it says.
 */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import * as Receipt from '../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../harness/http.ts'
import { Blocked } from '../../../kit/verdict.ts'
import { amount, bytes32 } from './figures.ts'
import { saidOf, textIn } from './legible.ts'
import type { SubjectOptions } from './subject.ts'

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
    if (error instanceof DecodeError) return saidOf(error)
    throw error
  }
}

/** Why a check that reads a receipt judges nothing of a server that sends none: one check says so. */
export const silent = 'no answer of the server carries a Payment-Receipt (see open.receipt)'

/**
 * As `receiptOf`, for checks about something else: throws `Blocked` for a receipt that does not say where the money
 * stands, which is judged by the check about its form; and where `subject` sends none at all.
 */
export function receiptFrom(
  answer: Exchange,
  subject?: { options: Pick<SubjectOptions, 'reading'> },
): Receipt.Receipt | undefined {
  if (
    subject?.options.reading === 'chain' &&
    answer.accepted &&
    answer.field('payment-receipt') === undefined
  )
    throw new Blocked(silent)
  const receipt = receiptOf(answer)
  const wrong = receipt === undefined ? malformed(answer) : undefined
  if (wrong !== undefined) throw new Blocked(`the receipt cannot be read: ${wrong} (see open.receipt-form)`)
  return receipt
}

/** The JSON of a field, however it is encoded, or not encoded at all. */
export const jsonOf = (field: string): Json.JsonValue | undefined =>
  attempted(() => {
    const text = field.trim()
    return Json.decode(text.startsWith('{') ? text : textIn(text))
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

function attempted<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
