/** Operations on texts and bytes: encodings that know nothing of payments. */
import * as AuthParams from '../../../src/codec/auth-params.ts'
import * as Base64url from '../../../src/codec/base64url.ts'
import * as Digest from '../../../src/codec/digest.ts'
import * as Hex from '../../../src/codec/hex.ts'
import * as Jcs from '../../../src/codec/jcs.ts'
import * as Json from '../../../src/codec/json.ts'
import * as Sse from '../../../src/codec/sse.ts'
import * as Timestamp from '../../../src/codec/timestamp.ts'
import * as Uint from '../../../src/codec/uint.ts'
import * as Utf8 from '../../../src/codec/utf8.ts'
import { json, list, type Op, object, Refused, text } from './op.ts'

const limits: Record<string, bigint> = {
  '96': Uint.maxUint96,
  '128': Uint.maxUint128,
  '256': Uint.maxUint256,
}

export const codecOps = {
  'base64url.encode': (input) => ({ text: Base64url.encode(text(input, 'text')) }),
  'base64url.decode': (input) => ({ text: Utf8.decode(Base64url.decode(text(input, 'text'))) }),
  'base64url.encodeBytes': (input) => ({ text: Base64url.encode(Hex.decode(text(input, 'hex'))) }),
  'base64url.decodeBytes': (input) => ({ hex: Hex.encode(Base64url.decode(text(input, 'text'))) }),
  'json.decode': (input) => ({ value: Json.decode(text(input, 'text')) }),
  'jcs.encode': (input) => ({ text: Jcs.encode(Json.decode(text(input, 'text'))) }),
  'auth.decode': (input) => ({
    schemes: AuthParams.decode(text(input, 'header')).map(({ scheme, token68, params }) => ({
      scheme,
      ...(token68 === undefined ? {} : { token68 }),
      params: Object.fromEntries(params),
    })),
  }),
  'auth.encode': (input) => ({
    header: AuthParams.encode(
      text(input, 'scheme'),
      Object.entries(object(input, 'params')).map(([name, value]) => [name, String(value)] as const),
    ),
  }),
  'digest.encode': (input) => ({
    digest: Digest.encode(
      Utf8.encode(text(input, 'body')),
      text(input, 'algorithm') as Digest.DigestAlgorithm,
    ),
  }),
  'digest.decode': (input) =>
    Object.fromEntries(
      [...Digest.decode(text(input, 'digest'))].map(([name, bytes]) => [name, Hex.encode(bytes)]),
    ),
  'digest.verify': (input) => {
    if (!Digest.verify(text(input, 'digest'), Utf8.encode(text(input, 'body'))))
      throw new Refused('mismatch', 'the body does not have this digest')
    return { valid: true }
  },
  'timestamp.decode': (input) => ({ milliseconds: Timestamp.decode(text(input, 'text')) }),
  'amount.decode': (input) => ({
    value: Uint.encode(Uint.decode(text(input, 'text'), limits[text(input, 'bits')])),
  }),
  'amount.fromDecimal': (input) => ({
    value: Uint.encode(Uint.fromDecimal(text(input, 'text'), Number(text(input, 'decimals')))),
  }),
  'address.decode': (input) => ({ address: Hex.address(text(input, 'text')) }),
  'bytes32.decode': (input) => ({ bytes32: Hex.bytes32(text(input, 'text')) }),
  'sse.encode': (input) => ({ text: Sse.encode(input as unknown as Parameters<typeof Sse.encode>[0]) }),
  'sse.decode': (input) => {
    const reader = Sse.reader()
    const events = list(input, 'chunks').flatMap((chunk) => reader.push(Hex.decode(String(chunk))))
    return { events: json(events) }
  },
} satisfies Record<string, Op>
