/**
 * Whether a server says that it was paid what it was sent. A claim of the server: it shows which transaction to look
 * for, and that the server thinks of the same payment.
 */
import { DecodeError } from '../../codec/decode-error.ts'
import { settlementField } from '../wire/fields.ts'
import { chainIdOf } from '../wire/network.ts'
import * as Settlement from '../wire/settlement.ts'
import type { Signed } from './unspent.ts'

/** What is wrong with a receipt. */
export type ReceiptProblem =
  | 'missing'
  | 'malformed'
  | 'not-settled'
  | 'no-transaction'
  | 'other-network'
  | 'other-payer'

/** Content came, and what should show that it was paid for does not. The response can still be read. */
export class ReceiptError extends Error {
  override readonly name = 'ReceiptError'
  readonly code: ReceiptProblem
  readonly response: Response

  constructor(code: ReceiptProblem, message: string, response: Response, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.response = response
  }
}

/** The receipt of a response, checked against the payment that was sent. Throws `ReceiptError`. */
export function checkReceipt(
  response: Response,
  { payment, requirements }: Signed,
  payer: string,
): Settlement.Settlement {
  const name = settlementField[payment.version]
  const field = response.headers.get(name)
  const fail = (code: ReceiptProblem, message: string): never => {
    throw new ReceiptError(code, message, response)
  }
  if (field === null) return fail('missing', `the answer has no ${name}`)
  const settlement = decode(field, name, response)
  if (!settlement.success) return fail('not-settled', `${name} says that nothing was settled`)
  if (!/^0x[0-9a-fA-F]{64}$/.test(settlement.transaction ?? ''))
    return fail('no-transaction', `${name} names no transaction`)
  if (!isSameNetwork(settlement.network, requirements.network))
    return fail('other-network', `${name} is of another network`)
  if (typeof settlement.payer === 'string' && settlement.payer.toLowerCase() !== payer.toLowerCase())
    return fail('other-payer', `${name} is of another payer`)
  return settlement
}

function decode(field: string, name: string, response: Response): Settlement.Settlement {
  try {
    return Settlement.decode(field)
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause
    throw new ReceiptError('malformed', `${name} is malformed: ${cause.message}`, response, { cause })
  }
}

/** Under either version's name. */
const isSameNetwork = (a: string, b: string): boolean =>
  a === b || (chainIdOf(a) !== undefined && chainIdOf(a) === chainIdOf(b))
