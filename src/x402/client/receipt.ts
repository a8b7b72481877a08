/**
 * Whether a server says that it was paid what it was sent. A claim of the server: it shows which transaction to look
 * for, and that the server thinks of the same payment.
 */
import { DecodeError } from '../../codec/decode-error.ts'
import { settlementField } from '../wire/fields.ts'
import * as Settlement from '../wire/settlement.ts'
import type { Signed } from './unspent.ts'

/** What is wrong with a receipt. */
export type ReceiptProblem = 'missing' | 'malformed' | 'not-settled' | Settlement.Contradiction

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

/** What a receipt is held against. */
export interface Told {
  settlement: Settlement.Settlement
  payment: Signed
  /** The account that paid. */
  payer: string
}

/** A named rule: what is wrong, if anything is. */
export type ReceiptRule = (told: Told) => { code: ReceiptProblem; message: string } | undefined

export type ReceiptRules = Readonly<Record<string, ReceiptRule>>

const fitting =
  (code: Settlement.Contradiction, message: string): ReceiptRule =>
  ({ settlement, payment: { requirements }, payer }) =>
    Settlement.fits[code](settlement, { network: requirements.network, payer })
      ? undefined
      : { code, message }

/** The rules about what a receipt says, in the order they are asked. */
export const receiptRules = {
  settled: ({ settlement: { success } }) =>
    success ? undefined : { code: 'not-settled', message: 'says that nothing was settled' },
  transaction: fitting('no-transaction', 'names no transaction'),
  network: fitting('other-network', 'is of another network'),
  payer: fitting('other-payer', 'is of another payer'),
} satisfies Record<string, ReceiptRule>

/** The receipt of a response, checked against the payment that was sent. Throws `ReceiptError`. */
export function checkReceipt(
  response: Response,
  payment: Signed,
  payer: string,
  rules: ReceiptRules = receiptRules,
): Settlement.Settlement {
  const name = settlementField[payment.payment.version]
  const field = response.headers.get(name)
  if (field === null) throw new ReceiptError('missing', `the answer has no ${name}`, response)
  const settlement = decode(field, name, response)
  for (const rule of Object.values(rules)) {
    const wrong = rule({ settlement, payment, payer })
    if (wrong !== undefined) throw new ReceiptError(wrong.code, `${name} ${wrong.message}`, response)
  }
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
