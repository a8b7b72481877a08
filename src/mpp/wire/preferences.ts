/**
 * `Accept-Payment`: which methods and intents a client can pay with, by weight.
 * Source: core draft, "Client Payment Preferences"; weights as in RFC 9110, section 12.4.2.
 */
import { DecodeError } from '../../codec/decode-error.ts'
import { trim } from '../../codec/field.ts'

/** One weighted range; `*` matches any method or intent. */
export interface PaymentRange {
  method: string
  intent: string
  /** 0 (never) to 1, at most three decimals. */
  q: number
}

/** Longest field value that is read, in characters. */
export const maxFieldChars = 8_192

const rangePattern =
  /^([a-z]+|\*)\/([A-Za-z0-9-]+|\*)(?:[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?$/

/** Ranges to a field value; a weight of 1 is left out. Throws `TypeError` for what is no range. */
export function encode(ranges: readonly PaymentRange[]): string {
  return ranges
    .map(({ method, intent, q }) => {
      const text = `${method}/${intent}${q === 1 ? '' : `;q=${Math.round(q * 1000) / 1000}`}`
      if (!rangePattern.test(text)) throw new TypeError('not a payment range')
      return text
    })
    .join(', ')
}

/**
 * A field value to its ranges, in order. Empty list elements are skipped. Throws `DecodeError`; a server may then
 * act as if the field were absent (CORE-ACC-007).
 */
export function decode(field: string): PaymentRange[] {
  if (field.length > maxFieldChars)
    throw new DecodeError('too-large', `Accept-Payment is over ${maxFieldChars} characters`)
  const ranges: PaymentRange[] = []
  let at = 0
  for (const element of field.split(',')) {
    const text = trim(element)
    if (text !== '') {
      const parts = rangePattern.exec(text)
      if (parts === null) throw new DecodeError('bad-syntax', 'expected method/intent;q=weight', { at })
      const [, method, intent, q] = parts as unknown as [string, string, string, string | undefined]
      ranges.push({ method, intent, q: q === undefined ? 1 : Number(q) })
    }
    at += element.length + 1
  }
  return ranges
}

/** What is offered: a challenge, or the method and intent of one. */
type Offered = Pick<PaymentRange, 'method' | 'intent'>

/**
 * The weight of an offer: that of the most specific range that matches, the highest among equals; 0 when none does
 * (CORE-ACC-005, spec/readings.md W11).
 */
export function weight({ method, intent }: Offered, ranges: readonly PaymentRange[]): number {
  let best = { specificity: -1, q: 0 }
  for (const range of ranges) {
    if (
      (range.method !== '*' && range.method !== method) ||
      (range.intent !== '*' && range.intent !== intent)
    )
      continue
    const specificity = Number(range.method !== '*') + Number(range.intent !== '*')
    if (specificity > best.specificity || (specificity === best.specificity && range.q > best.q))
      best = { specificity, q: range.q }
  }
  return best.q
}

/** The offers a client accepts, the most wanted first; the server's order decides among equals (CORE-ACC-003, 004). */
export function rank<T extends Offered>(offers: readonly T[], ranges: readonly PaymentRange[]): T[] {
  return offers
    .map((offer) => ({ offer, q: weight(offer, ranges) }))
    .filter(({ q }) => q > 0)
    .sort((a, b) => b.q - a.q)
    .map(({ offer }) => offer)
}
