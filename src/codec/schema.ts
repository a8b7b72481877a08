/**
 * Field schemas shared by the wire objects, and the one place where a zod issue becomes a `DecodeError`.
 *
 * Amounts, addresses and hashes are zod codecs: text on the wire, `bigint` or lower-case hex inside. Objects keep
 * unknown members (CORE-CRED-009, SESS-CRED-002).
 */
import { z } from 'zod'
import { compile, miss, quoted, readText, register } from './compiled-schema.ts'
import { DecodeError, type DecodeErrorCode } from './decode-error.ts'
import * as Hex from './hex.ts'
import * as Jcs from './jcs.ts'
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

const lowerHex = /^0x[0-9a-f]*$/

/** Such a field when it is right already: lower-case hex is the same inside and on the wire. */
function hexCodec(pattern: RegExp, decode: (text: string) => Hex.Hex) {
  const digits = Number(/\{(40|64)\}/.exec(pattern.source)?.[1] ?? 0)
  const hasLength = ({ length }: string) =>
    digits === 0 ? length > 2 && length % 2 === 0 : length === digits + 2
  const asItIs = (value: unknown) =>
    typeof value === 'string' && hasLength(value) && lowerHex.test(value) ? value : miss
  return register(
    z.codec(z.string().meta({ pattern: pattern.source }), z.custom<Hex.Hex>(), {
      decode: guarded(decode),
      encode: (value) => value.toLowerCase(),
    }),
    {
      read: asItIs,
      encode: asItIs,
      write: (value) => (asItIs(value) === miss ? miss : `"${value as string}"`),
      text: quoted('0x[0-9a-f]*', (value) => (hasLength(value as string) ? value : miss)),
    },
  )
}

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
export const amount = (max: bigint = Uint.maxUint128) => {
  const read = (value: unknown) => {
    if (typeof value !== 'string' || !shortDigits.test(value)) return miss
    const amount = BigInt(value)
    return amount <= max ? amount : miss
  }
  return register(
    z.codec(z.string().meta({ pattern: '^[0-9]+$' }), z.bigint(), {
      decode: guarded((text: string) => Uint.decode(text, max)),
      encode: Uint.encode,
    }),
    {
      read,
      encode: (value) => (isAmount(value) ? value.toString() : miss),
      write: (value) => (isAmount(value) ? `"${value}"` : miss),
      text: quoted('[0-9]{1,39}', read),
    },
  )
}

/** As long as a uint128 is; longer text needs a look. */
const shortDigits = /^[0-9]{1,39}$/
const isAmount = (value: unknown): value is bigint => typeof value === 'bigint' && value >= 0n

/** RFC 3339 date-time, kept as text. */
export const timestamp = z
  .string()
  .meta({ format: 'date-time' })
  .superRefine((text, context) => {
    guarded(Timestamp.decode)(text, context)
  })
const plainTimestamp = (value: unknown) =>
  typeof value === 'string' && Timestamp.isPlain(value) ? value : miss
register(timestamp, {
  read: plainTimestamp,
  encode: plainTimestamp,
  write: (value) => (plainTimestamp(value) === miss ? miss : `"${value as string}"`),
  text: quoted('[0-9.:TZ-]{20,24}', plainTimestamp),
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
const plainObject = (value: unknown) => (Json.isObject(value) ? value : miss)
register(jsonObject, {
  read: plainObject,
  encode: plainObject,
  write: (value) => (Json.isObject(value) ? Jcs.encode(value) : miss),
})

/** A JSON number naming an EVM chain. */
export const chainId = z.int().positive()

/** The members a loose object names, without its index signature. */
export type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }

/** A wire value to its inner form. Throws `DecodeError` naming the member that is wrong. */
export function decodeWith<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const read = compile(schema).read(value)
  return read === miss ? decodeCarefully(schema, value) : (read as z.output<S>)
}

/** JSON text to the inner form of its value. Throws `DecodeError`. */
export function decodeText<S extends z.ZodType>(schema: S, text: string): z.output<S> {
  const read = readText(schema, text)
  return read === miss ? decodeWith(schema, Json.decode(text)) : (read as z.output<S>)
}

/** As `decodeWith`, without the short way for what is in order: the one that says what is wrong. */
export function decodeCarefully<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = z.safeDecode(schema, value as z.input<S>, { reportInput: true })
  if (result.success) return result.data
  throw toDecodeError(result.error)
}

/** An inner value to its wire form. */
export function encodeWith<S extends z.ZodType>(schema: S, value: z.output<S>): z.input<S> {
  const wire = compile(schema).encode(value)
  return wire === miss ? z.encode(schema, value) : (wire as z.input<S>)
}

/** An inner value to the canonical JSON text of its wire form (RFC 8785). */
export function writeWith<S extends z.ZodType>(schema: S, value: z.output<S>): string {
  const text = compile(schema).write(value)
  return text === miss ? Jcs.encode(z.encode(schema, value)) : text
}

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
