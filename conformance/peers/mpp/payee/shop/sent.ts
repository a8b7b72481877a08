/** Requests as the kit's payee receives them, with the credential as it was written: nothing is judged here. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import * as Payload from '../../../../../src/mpp/wire/payload.ts'
import { credentialFields } from '../wire.ts'

/** A credential as it came. */
export interface SentCredential {
  /** Every field it was in, as it is called. */
  fields: readonly string[]
  /** How many there were in the request. */
  count: number
  challenge: Json.JsonObject
  source: Json.JsonValue | undefined
  /** As it was written. */
  raw: Json.JsonObject
  /** As it reads, where its action is known in any letters and its type may be missing; undefined when it does not. */
  payload: Payload.Payload | undefined
}

/** A request, and what became of it. */
export interface Seen {
  /** Its number in the trace. */
  exchange: number
  /** Which run of the client it came in, from 0. */
  visit: number
  method: string
  url: string
  headers: Headers
  body: string
  credential: SentCredential | undefined
  /** Status of the answer; undefined when none was given. */
  status: number | undefined
  /** How far its voucher went ahead of what had been delivered on its channel; base units, 0 without one. */
  ahead: bigint
  /** Data of the units that were sent in answer. */
  units: string[]
  /** Milliseconds, by a clock that never goes back. */
  at: number
}

/** The Payment credential of a request; undefined without one. */
export function credentialIn(headers: Headers): SentCredential | undefined {
  const found = credentialFields.flatMap((field) =>
    [...(headers.get(field) ?? '').matchAll(/(?:^|,)\s*payment +([A-Za-z0-9_=-]+)/gi)].map(
      ([, token]) => [field, token as string] as const,
    ),
  )
  const [first] = found
  if (first === undefined) return undefined
  const whole = object(first[1])
  const payload = member(whole, 'payload')
  return {
    fields: [...new Set(found.map(([field]) => field))],
    count: found.length,
    challenge: member(whole, 'challenge'),
    source: whole['source'],
    raw: payload,
    payload: quietly(() => Payload.fromJson(known(payload))),
  }
}

/** A payload whose action is written as it should be, and whose type is there. */
export function known(payload: Json.JsonObject): Json.JsonObject {
  const actions = ['open', 'topUp', 'voucher', 'close']
  const action = actions.find((name) => name.toLowerCase() === String(payload['action']).toLowerCase())
  return {
    ...('transaction' in payload ? { type: 'transaction' } : {}),
    ...payload,
    ...(action === undefined ? {} : { action }),
  }
}

const member = (whole: Json.JsonObject, name: string): Json.JsonObject => {
  const value = whole[name]
  return Json.isObject(value) ? value : {}
}

function object(token: string): Json.JsonObject {
  const value = quietly(() => Json.decode(Utf8.decode(Base64url.decode(token))))
  return Json.isObject(value) ? value : {}
}

/** What a decoder makes of its input; undefined when it refuses. */
export function quietly<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
