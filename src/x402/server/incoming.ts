/** The payment in a request: found in the field of its version, decoded, and matched with what is offered. */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Exact from '../wire/exact.ts'
import { paymentField, type Version } from '../wire/fields.ts'
import * as Payment from '../wire/payment.ts'
import * as PaymentIdentifier from '../wire/payment-identifier.ts'
import { type ReasonKind, reasonOf } from '../wire/reasons.ts'
import type { Requirements, Resource } from '../wire/requirements.ts'

/** A payment that can be judged. */
export interface Incoming {
  payment: Payment.Payment
  /** As it was sent. */
  field: string
  exact: Exact.ExactPayload
  id?: string
}

/** What is in a request instead. */
export type NoPayment = 'none' | { malformed: string }

/** The payment of a request. A field that is there and is none is malformed, whatever else there is. */
export function paymentIn(headers: Headers, versions: readonly Version[]): Incoming | NoPayment {
  const fields = versions.flatMap((version) => {
    const field = headers.get(paymentField[version])
    return field === null ? [] : [{ version, field }]
  })
  const [first, ...more] = fields
  if (first === undefined) return 'none'
  if (more.length > 0) return { malformed: 'one payment in one field' }
  try {
    return read(first.version, first.field)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    const where = error.path.length === 0 ? '' : ` (${error.path.join('.')})`
    return { malformed: `${paymentField[first.version]}: ${error.message}${where}` }
  }
}

function read(version: Version, field: string): Incoming {
  const payment = Payment.decode(field)
  if (payment.version !== version)
    throw new DecodeError('bad-value', `this field carries version ${version}`, { path: ['x402Version'] })
  const id = PaymentIdentifier.idOf(payment.extensions)
  return { payment, field, exact: Exact.fromJson(payment.payload), ...(id === undefined ? {} : { id }) }
}

/** What a payment is matched with. */
export interface Match {
  payment: Payment.Payment
  requirements: Requirements
  resource: Resource
}

/** A named rule: what is wrong, if anything is. */
export type MatchRule = (match: Match) => ReasonKind | undefined

/** The rules about what a payment says it pays, beside what its signature says. */
export const matchRules = {
  scheme: ({ payment, requirements }) => (payment.scheme === requirements.scheme ? undefined : 'scheme'),
  network: ({ payment, requirements }) => (payment.network === requirements.network ? undefined : 'network'),
  /** A v2 payment repeats what it was asked; what it repeats otherwise was never asked here. */
  terms: ({ payment: { accepted }, requirements }) =>
    accepted === undefined || states(accepted, requirements) ? undefined : 'requirements',
  /** Nothing that is signed names the resource: what the payment claims is all there is (spec/readings.md X3). */
  resource: ({ payment, resource }) =>
    payment.resource === undefined || payment.resource.url === resource.url ? undefined : 'requirements',
} satisfies Record<string, MatchRule>

const states = (accepted: Requirements, { amount, asset, payTo }: Requirements): boolean =>
  accepted.amount === amount &&
  accepted.asset.toLowerCase() === asset.toLowerCase() &&
  accepted.payTo.toLowerCase() === payTo.toLowerCase()

/** What the first rule finds wrong, in the words of the table. */
export function mismatch(
  match: Match,
  rules: Readonly<Record<string, MatchRule>> = matchRules,
): string | undefined {
  for (const rule of Object.values(rules)) {
    const wrong = rule(match)
    if (wrong !== undefined) return reasonOf(wrong)
  }
  return undefined
}
