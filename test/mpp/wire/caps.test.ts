/** Every size has a cap (spec/readings.md W5): a text as long as it is read, one character more is too large. */
import { describe, expect, test } from 'vitest'
import * as Base64url from '../../../src/codec/base64url.ts'
import * as Digest from '../../../src/codec/digest.ts'
import * as Hex from '../../../src/codec/hex.ts'
import * as IdempotencyKey from '../../../src/codec/idempotency-key.ts'
import * as Uint from '../../../src/codec/uint.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Discovery from '../../../src/mpp/wire/discovery.ts'
import * as Preferences from '../../../src/mpp/wire/preferences.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import * as Snapshot from '../../../src/mpp/wire/snapshot.ts'
import { code } from '../../support/codes.ts'
import { bytes32, descriptor, reserve } from '../../support/samples.ts'

/** A JSON object of so many characters, filled up by white space. */
const json = (members: object, length: number) => JSON.stringify(members).padEnd(length)
/** base64url of such an object, in so many characters; those of whole bytes only. */
const token = (members: object, length: number) =>
  Base64url.encode(json(members, Math.floor((length * 3) / 4))).padEnd(length, 'A')

const challenge = { id: 'a', realm: 'b', method: 'c', intent: 'd', request: Base64url.encode('{}') }
const receipt = { status: 'success', method: 'x', timestamp: '2026-01-06T12:05:00Z', reference: 'x' }
const snapshot = {
  acceptedCumulative: '1',
  chainId: 1,
  channelId: bytes32('ab'),
  deposit: '1',
  descriptor,
  escrow: reserve,
  requiredCumulative: '1',
  settled: '0',
  spent: '0',
}
const document = { openapi: '3.1.0', info: { title: 'x', version: '1' }, paths: { '/': {} } }
const credential = (length: number) => {
  const text = Base64url.encode(JSON.stringify({ challenge, payload: {} }))
  return `Payment${' '.repeat(length - 7 - text.length)}${text}`
}

type Row = [
  name: string,
  cap: number,
  input: (length: number) => string,
  decode: (text: string) => unknown,
  error?: string,
]
describe.each<Row>([
  ['hex', Hex.maxTextChars, (length) => `0x${'a'.repeat(length - 2)}`, Hex.normalize],
  ['digest', Digest.maxDigestChars, (length) => 'x=:AAAA:'.padEnd(length), Digest.decode],
  ['decimal', Uint.maxDigits, (length) => '0'.repeat(length), (text) => Uint.fromDecimal(text), 'bad-syntax'],
  [
    'request',
    Challenge.maxValueChars,
    (length) => token({}, length),
    (request) => Challenge.request({ request }),
  ],
  ['opaque', Challenge.maxValueChars, (length) => token({}, length), Challenge.opaque],
  ['credential', Credential.maxCredentialChars, credential, Credential.decode],
  ['receipt', Receipt.maxReceiptChars, (length) => token(receipt, length), Receipt.decodeCore],
  ['snapshot', Snapshot.maxSnapshotChars, (length) => token(snapshot, length), Snapshot.decode],
  ['problem', Problem.maxBodyChars, (length) => json({}, length), Problem.decode],
  ['discovery', Discovery.maxDocumentChars, (length) => json(document, length), Discovery.decode],
  ['preferences', Preferences.maxFieldChars, (length) => 'a/b'.padEnd(length), Preferences.decode],
  ['idempotency key', IdempotencyKey.maxKeyChars, (length) => 'a'.repeat(length), IdempotencyKey.decode],
  [
    'idempotency field',
    IdempotencyKey.maxKeyChars * 4,
    (length) => 'a'.padEnd(length),
    IdempotencyKey.decode,
  ],
])('%s', (_, cap, input, decode, error = 'too-large') => {
  test('is read up to its cap', () => {
    expect(input(cap)).toHaveLength(cap)
    expect(code(() => decode(input(cap)))).toBeUndefined()
    expect(code(() => decode(input(cap + 1)))).toBe(error)
  })
})

test('a key is written up to its cap', () => {
  expect(IdempotencyKey.encode('a'.repeat(255))).toHaveLength(255)
  expect(IdempotencyKey.encode(' '.repeat(255))).toHaveLength(257)
  expect(() => IdempotencyKey.encode('a'.repeat(256))).toThrow(TypeError)
  expect(() => IdempotencyKey.encode(' '.repeat(256))).toThrow(TypeError)
})
