/** RFC 3339 date-time, strict: a real calendar date, seconds, and `Z` or an offset. */
import { DecodeError } from './decode-error.ts'

const pattern =
  /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** As everybody writes it, on a day that every month has: nothing to look up. */
const plain = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{3})?Z$/

/** Whether text is a date-time, proven without reading it. What it says no to may be one all the same. */
export const isPlain = (text: string): boolean => plain.test(text)

/**
 * Text to milliseconds since the epoch; digits past them are cut off. A leap second, which there may be at the end of a
 * month in UTC only, counts as the second before it. Throws `DecodeError`.
 */
export const decode = (text: string): number => (isPlain(text) ? Date.parse(text) : decodeCarefully(text))

/** As `decode`, without the short way for how everybody writes it. */
export function decodeCarefully(text: string): number {
  const parts = pattern.exec(text)
  if (parts === null) throw new DecodeError('bad-syntax', 'not an RFC 3339 date-time')
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const offsetHour = Number(parts[9] ?? 0)
  const offsetMinute = Number(parts[10] ?? 0)
  const date = new Date(Date.UTC(2000, month - 1, day))
  date.setUTCFullYear(year, month - 1, day)
  if (month < 1 || month > 12 || date.getUTCDate() !== day || date.getUTCMonth() !== month - 1)
    throw new DecodeError('out-of-range', 'no such calendar date')
  if (hour > 23 || minute > 59 || second > 60 || offsetHour > 23 || offsetMinute > 59)
    throw new DecodeError('out-of-range', 'no such time of day')
  // By its digits: as a number 0.57 has 569 whole thousandths.
  const fraction = Number(`${parts[7] ?? ''}000`.slice(0, 3))
  const offset = (offsetHour * 60 + offsetMinute) * (parts[8] === '-' ? -60_000 : 60_000)
  const time = date.getTime() + ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000 - offset
  // RFC 3339, appendix D: the second after it is the first of a month.
  if (second === 60 && (new Date(time + 1000).getUTCDate() !== 1 || (time + 1000) % 86_400_000 !== 0))
    throw new DecodeError('out-of-range', 'there is no leap second then')
  return time + fraction
}

/** Milliseconds since the epoch to `2026-01-06T12:05:00.000Z`. Throws `RangeError` past year 9999. */
export function encode(milliseconds: number): string {
  const text = new Date(milliseconds).toISOString()
  if (text.length !== 24) throw new RangeError('RFC 3339 has four-digit years')
  return text
}
