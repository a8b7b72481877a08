/**
 * Unsigned amounts: decimal strings on the wire, `bigint` inside; this is the only place that converts.
 *
 * Only digits: no sign, fraction, exponent, hex prefix or white space (SESS-ENC-004, SESS-ENC-007). Leading
 * zeros are accepted, because the drafts' schema allows them (spec/readings.md C4).
 */
import { DecodeError } from './decode-error.ts'

/** The largest uint96: amounts of v2 channels. */
export const maxUint96 = 2n ** 96n - 1n

/** The largest uint128: amounts of v1 channels. */
export const maxUint128 = 2n ** 128n - 1n

/** The largest uint256: amounts of tokens. */
export const maxUint256 = 2n ** 256n - 1n
/** Longest decimal text that is read: twice the digits of a uint256, so leading zeros stay cheap. */
export const maxDigits = 156

const digits = /^[0-9]+$/

/** Decimal text to an amount of at most `limit`. Throws `DecodeError` `bad-syntax` or `out-of-range`. */
export function decode(text: string, limit: bigint = maxUint128): bigint {
  if (typeof text !== 'string') throw new DecodeError('wrong-type', 'an amount is a string of decimal digits')
  if (text.length > maxDigits) throw new DecodeError('out-of-range', `more than ${maxDigits} digits`)
  if (!digits.test(text))
    throw new DecodeError('bad-syntax', 'expected decimal digits', { at: Math.max(text.search(/[^0-9]/), 0) })
  const value = BigInt(text)
  if (value > limit) throw new DecodeError('out-of-range', `over ${limit}`)
  return value
}

/** An amount to decimal text. Throws `RangeError` for a negative one. */
export function encode(value: bigint): string {
  if (value < 0n) throw new RangeError('an amount is not negative')
  return value.toString()
}

/** Most decimal places of a token: one of it has no more digits than a uint256. */
export const maxDecimals = 77

/** "0.001" tokens to base units: 1000n at 6 decimals. Throws `DecodeError` when it would round, or is over a uint256. */
export function fromDecimal(text: string, decimals = 6): bigint {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > maxDecimals)
    throw new DecodeError('out-of-range', `a token has 0 to ${maxDecimals} decimal places`)
  const parts = /^([0-9]+)(?:\.([0-9]+))?$/.exec(text)
  if (parts === null || text.length > maxDigits)
    throw new DecodeError(
      'bad-syntax',
      `expected a decimal amount like 0.001, got ${JSON.stringify(text.slice(0, 40))}`,
    )
  const fraction = parts[2] ?? ''
  if (fraction.length > decimals)
    throw new DecodeError('out-of-range', `more than ${decimals} decimal places`, { at: text.length })
  const value =
    BigInt(parts[1] as string) * 10n ** BigInt(decimals) + BigInt(fraction.padEnd(decimals, '0') || '0')
  if (value > maxUint256) throw new DecodeError('out-of-range', `over ${maxUint256}`)
  return value
}

/** Base units to tokens, without trailing zeros but with at least `places` decimal places. */
export function toDecimal(value: bigint, decimals = 6, places = 3): string {
  const sign = value < 0n ? '-' : ''
  const digits = (value < 0n ? -value : value).toString().padStart(decimals + 1, '0')
  const whole = digits.length - decimals
  const fraction = digits.slice(whole)
  let end = fraction.length
  while (end > places && fraction[end - 1] === '0') end--
  return `${sign}${digits.slice(0, whole)}${end === 0 ? '' : '.'}${fraction.slice(0, end)}`
}

/** The larger of two amounts. */
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b)

/** The smaller of two amounts. */
export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)
