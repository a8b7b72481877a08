/** One operation that an implementation can be asked for: JSON in, JSON out. What a group of vectors names. */
import { DecodeError } from '../../../src/codec/decode-error.ts'
import { isObject, type JsonObject, type JsonValue } from '../../../src/codec/json.ts'

/** Throws `DecodeError` for malformed input, `Refused` when a check says no, `TypeError` or `RangeError` for what cannot be written. */
export type Op = (input: JsonObject) => JsonObject | Promise<JsonObject>

/** What was asked to be verified does not verify. `code` is the problem slug, or one word for why. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

/** A text member of an input. Throws `DecodeError` `wrong-type`. */
export function text(input: JsonObject, name: string): string {
  const value = input[name]
  if (typeof value !== 'string') throw new DecodeError('wrong-type', `${name} is a string`, { path: [name] })
  return value
}

/** A number member of an input. Throws `DecodeError` `wrong-type`. */
export function number(input: JsonObject, name: string): number {
  const value = input[name]
  if (typeof value !== 'number') throw new DecodeError('wrong-type', `${name} is a number`, { path: [name] })
  return value
}

/** An object member of an input. Throws `DecodeError` `wrong-type`. */
export function object(input: JsonObject, name: string): JsonObject {
  const value = input[name]
  if (!isObject(value)) throw new DecodeError('wrong-type', `${name} is an object`, { path: [name] })
  return value
}

/** A list member of an input. Throws `DecodeError` `wrong-type`. */
export function list(input: JsonObject, name: string): JsonValue[] {
  const value = input[name]
  if (!Array.isArray(value)) throw new DecodeError('wrong-type', `${name} is an array`, { path: [name] })
  return value
}

/** An inner value as JSON: amounts to decimal text, undefined members left out. */
export const json = <T extends JsonValue = JsonObject>(value: unknown): T =>
  JSON.parse(
    JSON.stringify(value, (_, member) => (typeof member === 'bigint' ? member.toString() : member)),
  ) as T
