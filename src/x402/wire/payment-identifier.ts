/**
 * The `payment-identifier` extension: a name the client gives a payment, so that the same payment sent again gets the
 * same answer again. A server says that it knows the extension; the client repeats that and adds its `id`.
 * Source: x402 extension `payment-identifier`.
 */
import { DecodeError, inside } from '../../codec/decode-error.ts'
import { isObject, type JsonObject } from '../../codec/json.ts'

/** The name of the extension. */
export const name = 'payment-identifier'
/** Length of an id, in characters. */
export const minIdChars = 16

/** Longest payment identifier, in characters. */
export const maxIdChars = 128

const pattern = /^[A-Za-z0-9_-]{16,128}$/

/** What a server states: that ids are known, and whether it takes payments without one. */
export const advertise = (required = false): JsonObject => ({
  [name]: {
    info: { required },
    schema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: {
        required: { type: 'boolean' },
        id: { type: 'string', minLength: minIdChars, maxLength: maxIdChars, pattern: pattern.source },
      },
      required: ['required'],
    },
  },
})

/** Whether extensions have this one. */
export const isAdvertised = (extensions: JsonObject): boolean => Object.hasOwn(extensions, name)

/** Whether a server takes payments with an id only. */
export const isRequired = (extensions: JsonObject): boolean => infoOf(extensions)?.['required'] === true

/** The id of a payment, if it has one. Throws `DecodeError`. */
export function idOf(extensions: JsonObject): string | undefined {
  const id = infoOf(extensions)?.['id']
  if (id === undefined) return undefined
  return inside(['extensions', name, 'info', 'id'], () => check(id))
}

function check(id: unknown): string {
  if (typeof id !== 'string') throw new DecodeError('wrong-type', 'a payment id is a text')
  if (id.length > maxIdChars) throw new DecodeError('too-large', `over ${maxIdChars} characters`)
  if (!pattern.test(id))
    throw new DecodeError(
      'bad-value',
      `a payment id has ${minIdChars} to ${maxIdChars} letters, digits, - and _`,
    )
  return id
}

/** The extensions of a payment: those the server stated, with an id. Throws `DecodeError` for one that can be none. */
export function withId(extensions: JsonObject, id: string): JsonObject {
  check(id)
  const own = extensions[name]
  const before = isObject(own) ? own : {}
  return { ...extensions, [name]: { ...before, info: { ...infoOf(extensions), id } } }
}

function infoOf(extensions: JsonObject): JsonObject | undefined {
  const own = Object.hasOwn(extensions, name) ? extensions[name] : undefined
  const info = isObject(own) ? own['info'] : undefined
  return isObject(info) ? info : undefined
}
