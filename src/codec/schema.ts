/**
 * Field schemas shared by the wire objects, and the one place where a zod issue becomes a `DecodeError`.
 *
 * Amounts, addresses and hashes are zod codecs: text on the wire, `bigint` or lower-case hex inside. Objects keep
 * unknown members (CORE-CRED-009, SESS-CRED-002).
 */
import { z } from 'zod'
import { DecodeError, type DecodeErrorCode } from './decode-error.ts'
import * as Hex from './hex.ts'
import * as Json from './json.ts'
import * as Timestamp from './timestamp.ts'
import * as Uint from './uint.ts'

/** Runs a codec function inside zod, turning its `DecodeError` into an issue that keeps the code. */
function guarded<I, O>(decode: (input: I) => O) {
  return (input: I, context: { issues: z.core.$ZodRawIssue[] }): O => {
    try {
      return decode(input)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      context.issues.push({ code: 'custom', message: error.message, input, params: { code: error.code } })
      return z.NEVER
    }
  }
}

const hexCodec = (pattern: RegExp, decode: (text: string) => Hex.Hex) =>
  z.codec(z.string().meta({ pattern: pattern.source }), z.custom<Hex.Hex>(), {
    decode: guarded(decode),
    encode: (value) => value.toLowerCase(),
  })

/** 20 bytes of hex, any case on input. */
export const address = hexCodec(/^0x[0-9a-fA-F]{40}$/, Hex.address)
/** 32 bytes of hex, any case on input. */
export const bytes32 = hexCodec(/^0x[0-9a-fA-F]{64}$/, Hex.bytes32)
/** Hex of any whole number of bytes, at least one. */
export const bytes = hexCodec(/^0x([0-9a-fA-F]{2})+$/, (text) => {
  const value = Hex.normalize(text)
  if (value === '0x') throw new DecodeError('empty', 'expected at least one byte')
  return value
})

/** Decimal digits, at most `max`. */
export const amount = (max: bigint = Uint.maxUint128) =>
  z.codec(z.string().meta({ pattern: '^[0-9]+$' }), z.bigint(), {
    decode: guarded((text: string) => Uint.decode(text, max)),
    encode: Uint.encode,
  })

/** RFC 3339 date-time, kept as text. */
export const timestamp = z
  .string()
  .meta({ format: 'date-time' })
  .superRefine((text, context) => {
    guarded(Timestamp.decode)(text, context)
  })

/** A JSON object, as it is: zod's own record loses a member called `__proto__` (spec/readings.md W3). */
export const jsonObject = z
  .unknown()
  .meta({ type: 'object' })
  .superRefine((value, context) => {
    if (Json.isObject(value)) return
    const code = value === undefined ? 'missing' : 'wrong-type'
    context.addIssue({ code: 'custom', message: 'expected a JSON object', params: { code } })
  }) as unknown as z.ZodType<Json.JsonObject, Json.JsonObject>

/** A JSON number naming an EVM chain. */
export const chainId = z.int().positive()

/** The members a loose object names, without its index signature. */
export type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** A wire value to its inner form. Throws `DecodeError` naming the member that is wrong. */
export function decodeWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = z.safeDecode(schema, value as z.input<S>, { reportInput: true })
  if (result.success) return result.data
  throw toDecodeError(result.error)
}

/** An inner value to its wire form. */
export const encodeWith = <S extends z.ZodType>(schema: S, value: z.output<S>): z.input<S> =>
  z.encode(schema, value)

function toDecodeError(error: z.ZodError): DecodeError {
  const issue = error.issues[0] as z.core.$ZodIssue
  const path = issue.path.map((key) => (typeof key === 'symbol' ? String(key) : key))
  return new DecodeError(codeOf(issue), issue.message, { path })
}

function codeOf(issue: z.core.$ZodIssue): DecodeErrorCode {
  if (issue.code === 'custom') return (issue.params?.['code'] as DecodeErrorCode | undefined) ?? 'bad-value'
  if (issue.code === 'invalid_type') return issue.input === undefined ? 'missing' : 'wrong-type'
  if (issue.code === 'too_small') return hasLength(issue.origin) ? 'empty' : 'out-of-range'
  if (issue.code === 'too_big') return hasLength(issue.origin) ? 'too-large' : 'out-of-range'
  return 'bad-value'
}

const hasLength = (origin: string): boolean => origin === 'string' || origin === 'array'
