/** Families of cases over the members of a wire object: each absent, of another type, and malformed in the ways of its kind. */
import * as Base64url from '../../src/codec/base64url.ts'
import * as Jcs from '../../src/codec/jcs.ts'
import type { JsonObject, JsonValue } from '../../src/codec/json.ts'
import type { FlagName } from './flags.ts'
import { type Draft, invalid, valid } from './vector.ts'

type Bad = readonly [comment: string, value: JsonValue, reason: string, flag: FlagName]

const digits40 = '52908400098527886e0f7030069857d2e4169ee7'
const digits64 = `${digits40}000000000000000000000001`

const hex = (name: string, digits: string): readonly Bad[] => [
  [`${name} without 0x`, digits, 'bad-syntax', 'HexForm'],
  [`${name} one digit short`, `0x${digits.slice(1)}`, 'bad-length', 'HexForm'],
  [`${name} one byte long`, `0x${digits}00`, 'bad-length', 'HexForm'],
  [`${name} with a letter that is no hex digit`, `0x${digits.slice(1)}g`, 'bad-character', 'HexForm'],
  [`${name} as a number`, 1, 'wrong-type', 'WrongType'],
]

const amountForms: readonly Bad[] = [
  ['amount as a JSON number', 1000, 'wrong-type', 'Amount'],
  ['negative amount', '-1', 'bad-syntax', 'Amount'],
  ['fractional amount', '1.5', 'bad-syntax', 'Amount'],
  ['amount with an exponent', '1e3', 'bad-syntax', 'Amount'],
  ['hexadecimal amount', '0x3e8', 'bad-syntax', 'Amount'],
  ['empty amount', '', 'bad-syntax', 'EmptyValue'],
]

/** What each kind of member must not be. */
const kinds = {
  address: hex('address', digits40),
  bytes32: hex('bytes32', digits64),
  bytes: [
    ['bytes without 0x', 'ab', 'bad-syntax', 'HexForm'],
    ['half a byte', '0xabc', 'bad-length', 'HexForm'],
    ['no bytes', '0x', 'empty', 'EmptyValue'],
    ['bytes as an array', [171], 'wrong-type', 'WrongType'],
  ],
  amount: [
    ...amountForms,
    ['amount of 2^128', '340282366920938463463374607431768211456', 'out-of-range', 'AmountOverflow'],
  ],
  uint256: [
    ...amountForms,
    [
      'amount of 2^256',
      '115792089237316195423570985008687907853269984665640564039457584007913129639936',
      'out-of-range',
      'AmountOverflow',
    ],
  ],
  text: [
    ['text as a number', 7, 'wrong-type', 'WrongType'],
    ['text as null', null, 'wrong-type', 'WrongType'],
  ],
  integer: [
    ['integer as text', '7', 'wrong-type', 'WrongType'],
    ['negative integer', -1, 'out-of-range', 'Amount'],
    ['fraction', 1.5, 'wrong-type', 'WrongType'],
  ],
  timestamp: [
    ['timestamp as a number', 1_736_165_100, 'wrong-type', 'WrongType'],
    ['timestamp without a zone', '2026-01-06T12:05:00', 'bad-syntax', 'Timestamp'],
    ['timestamp on February 30th', '2026-02-30T12:05:00Z', 'out-of-range', 'Timestamp'],
  ],
  object: [
    ['object as an array', [], 'wrong-type', 'WrongType'],
    ['object as text', '{}', 'wrong-type', 'WrongType'],
  ],
} as const satisfies Record<string, readonly Bad[]>

export type Kind = keyof typeof kinds

/** What a member is; `?` after the kind means it may be absent. */
export type Members = Readonly<Record<string, Kind | `${Kind}?`>>

/** The negative cases of every member. `wrap` puts the object into an operation's input. */
export function mutations(
  sample: JsonObject,
  members: Members,
  wrap: (value: JsonObject) => JsonObject,
): Draft[] {
  return Object.entries(members).flatMap(([name, spec]) => {
    const optional = spec.endsWith('?')
    const { [name]: _, ...without } = sample
    const absent = optional
      ? valid(`${name} may be absent`, wrap(without))
      : invalid(`${name} is absent`, wrap(without), 'missing', 'MissingMember')
    const wrong = kinds[spec.replace('?', '') as Kind].map(([comment, value, reason, flag]) =>
      invalid(`${name}: ${comment}`, wrap({ ...sample, [name]: value }), reason, flag),
    )
    const isNeverSet = optional && !(name in sample)
    return [...(isNeverSet ? [] : [absent]), ...wrong]
  })
}

/** An object as header fields carry it: base64url of canonical JSON. */
export const encoded = (value: JsonObject): string => Base64url.encode(Jcs.encode(value))

/** Text, correct or not, as header fields carry it. */
export const encodedText = (text: string): string => Base64url.encode(text)

/** The cases every base64url JSON field shares: `wrap` takes the encoded text. */
export function envelopes(sample: JsonObject, wrap: (text: string) => JsonObject): Draft[] {
  const text = encoded(sample)
  const json = Jcs.encode(sample)
  const bytes = new TextEncoder().encode(json)
  const illFormed = Uint8Array.from([...bytes.slice(0, -2), 0xff, 0x22, 0x7d])
  return [
    invalid(
      'padded',
      wrap(`${encodedText(`${json} `.padEnd(json.length + 3 - ((json.length + 2) % 3)))}=`),
      'bad-padding',
      'NonCanonicalBase64',
    ),
    invalid('the standard alphabet', wrap(`${text.slice(0, -1)}/`), 'bad-character', 'NonCanonicalBase64'),
    invalid(
      'a dot inside',
      wrap(`${text.slice(0, 8)}.${text.slice(8)}`),
      'bad-character',
      'NonCanonicalBase64',
    ),
    invalid('not UTF-8', wrap(Base64url.encode(illFormed)), 'bad-utf8', 'Unicode'),
    invalid('not JSON', wrap(encodedText(json.slice(0, -1))), 'bad-json'),
    invalid('a byte order mark before the JSON', wrap(encodedText(`\ufeff${json}`)), 'bad-json', 'Unicode'),
    invalid('an array', wrap(encodedText(`[${json}]`)), 'wrong-type', 'WrongType'),
    invalid('a string', wrap(encodedText('"x"')), 'wrong-type', 'WrongType'),
    invalid('null', wrap(encodedText('null')), 'wrong-type', 'WrongType'),
    invalid(
      'a member twice',
      wrap(encodedText(`{"x":1,"x":2,${json.slice(1)}`)),
      'duplicate-key',
      'DuplicateKey',
    ),
    invalid(
      'a lone surrogate',
      wrap(encodedText(`{"x":"\\ud800",${json.slice(1)}`)),
      'lone-surrogate',
      'Unicode',
    ),
    invalid(
      'a number past the double range',
      wrap(encodedText(`{"x":1e400,${json.slice(1)}`)),
      'bad-number',
      'Canonicalization',
    ),
    invalid(
      '65 levels deep',
      wrap(encodedText(`{"x":${'['.repeat(64)}${']'.repeat(64)},${json.slice(1)}`)),
      'too-deep',
      'Depth',
    ),
    valid(
      'white space in the JSON',
      wrap(encodedText(JSON.stringify(sample, null, 2))),
      undefined,
      'Canonicalization',
    ),
  ]
}
