/** The forms of what a challenge carries beside its price: `opaque`, and the members of a session request. */
import { DecodeError } from '../../../../../src/codec/decode-error.ts'
import * as Json from '../../../../../src/codec/json.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { absent, broken, equal, type Finding, holds } from '../../../../kit/verdict.ts'

/** Base64url of a flat object of texts, written canonically. */
export function opaqueForm(text: string | undefined): Finding {
  if (text === undefined) return absent('the challenge carries no opaque')
  try {
    return equal(text, Challenge.encodeObject(Challenge.opaque(text)), 'opaque')
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return broken('base64url of a flat JSON object of strings', `${text}: ${error.message}`)
  }
}

interface Form {
  said: string
  fits(value: Json.JsonValue): boolean
}

const text = (said: string, pattern: RegExp): Form => ({
  said,
  fits: (value) => typeof value === 'string' && pattern.test(value),
})
const address = text('20 bytes of hex', /^0x[0-9a-f]{40}$/i)
const object: Form = { said: 'an object', fits: Json.isObject }

/** Amounts and the chain id have checks of their own, and so has what is missing. */
const forms: Readonly<Record<string, Form>> = {
  currency: address,
  recipient: address,
  unitType: text('text', /^/),
  methodDetails: object,
}
const detailForms: Readonly<Record<string, Form>> = {
  escrowContract: address,
  operator: address,
  channelId: text('32 bytes of hex', /^0x[0-9a-f]{64}$/i),
  feePayer: { said: 'true or false', fits: (value) => typeof value === 'boolean' },
  sessionProtocol: text('v1 or v2', /^v[12]$/),
  sessionSnapshot: object,
}

/** Whether the members of a session request are of their types. Null for what may be left out is nothing said: a warning. */
export function memberForms(request: Json.JsonObject): Finding {
  const details = request['methodDetails']
  const wrong = [...wrongIn(request, forms), ...wrongIn(Json.isObject(details) ? details : {}, detailForms)]
  const [worst] = [...wrong.filter(({ value }) => value !== null), ...wrong]
  if (worst === undefined) return holds
  const { name, said, value } = worst
  return broken(`${name}: ${said}`, JSON.stringify(value), { softly: value === null })
}

const wrongIn = (object: Json.JsonObject, expected: Readonly<Record<string, Form>>) =>
  Object.entries(expected).flatMap(([name, { said, fits }]) => {
    const value = object[name]
    return value === undefined || fits(value) ? [] : [{ name, said, value }]
  })
