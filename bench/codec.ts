/**
 * `npm run bench:codec`: that reading takes time in proportion to the text. For each decoder, an input that grows:
 * plain ones, and those that hurt readers which look ahead, look back or join again and again. Times are of the
 * processor, so that a busy machine measures the same.
 *
 * The ratio compares the time per character of the largest text that is read with that of the smallest, 1,000 times
 * shorter where there is no cap: near or below 1 is linear, 1,000 would be quadratic. A few are above 1 and linear
 * all the same: what they build (a list of 500,000 schemes, an object of 70,000 members) outlives the young
 * generation, so the collector copies it, and does not fit the caches, while a text of 1 KB leaves no trace of either.
 * The step is between 10 and 100 KB and there is none after it.
 *
 * A decoder with a cap is measured at the cap, and has to refuse one a tenth longer.
 */
import * as AuthParams from '../src/codec/auth-params.ts'
import * as Base64url from '../src/codec/base64url.ts'
import { DecodeError } from '../src/codec/decode-error.ts'
import * as Digest from '../src/codec/digest.ts'
import * as EncodedJson from '../src/codec/encoded-json.ts'
import * as Field from '../src/codec/field.ts'
import * as Hex from '../src/codec/hex.ts'
import * as IdempotencyKey from '../src/codec/idempotency-key.ts'
import * as Jcs from '../src/codec/jcs.ts'
import * as Json from '../src/codec/json.ts'
import * as Sse from '../src/codec/sse.ts'
import * as Timestamp from '../src/codec/timestamp.ts'
import * as Uint from '../src/codec/uint.ts'
import * as Utf8 from '../src/codec/utf8.ts'
import * as Challenge from '../src/mpp/wire/challenge.ts'
import * as ChargeRequest from '../src/mpp/wire/charge-request.ts'
import * as Credential from '../src/mpp/wire/credential.ts'
import * as Discovery from '../src/mpp/wire/discovery.ts'
import * as Mcp from '../src/mpp/wire/mcp.ts'
import * as Preferences from '../src/mpp/wire/preferences.ts'
import * as Problem from '../src/mpp/wire/problem.ts'
import * as Receipt from '../src/mpp/wire/receipt.ts'

const sizes = [1_000, 10_000, 100_000, 1_000_000]
/** Enough work for the clock: a round takes at least this long, and the best of so many counts. */
const [leastMicroseconds, rounds] = [20_000, 5]

/** `cap` is given where it is below the largest size. */
type Case = [name: string, input: (size: number) => string, decode: (text: string) => unknown, cap?: number]

/** A text of about `size` characters: a start, a part again and again, an end. */
const grown =
  (part: string, start = '', end = '') =>
  (size: number): string =>
    start + part.repeat(Math.max(1, Math.floor((size - start.length - end.length) / part.length))) + end
/** A JSON object with a different name for every member. */
const object = (size: number, more = ''): string =>
  `{${more}${Array.from({ length: Math.floor(size / 14) }, (_, i) => `"m${String(i).padStart(6, '0')}":"x"`).join(',')}}`
/** base64url of `size` characters around such an object. */
const token = (size: number, more = ''): string => Base64url.encode(object(Math.floor(size * 0.74), more))
const timestamp = '"timestamp":"2026-01-06T12:05:00Z","method":"x","reference":"x","status":"success",'
const request = Base64url.encode('{}')
const auth = (text: string) => AuthParams.decode(text, Number.POSITIVE_INFINITY)
const openapi = '"openapi":"3.1.0","info":{"title":"x","version":"1"},"paths":{"/":{}},'

const cases: readonly Case[] = [
  ['base64url', grown('AAAA'), Base64url.decode],
  ['hex', grown('ab', '0x'), Hex.decode],
  ['utf8', grown('é'), (text) => Utf8.decode(Utf8.encode(text))],
  ['field, spaces', grown(' ', 'x', 'x'), Field.trim],
  ['json, members', (size) => object(size), Json.decode],
  ['json, numbers', grown('1e1,', '[', '1]'), Json.decode],
  ['json, escapes', grown('\\u0041', '"', '"'), Json.decode],
  ['json, unclosed', grown('a', '"'), Json.decode],
  ['jcs, written', (size) => object(size), (text) => Jcs.encode(Json.decode(text))],
  ['encoded-json', (size) => token(size), (text) => EncodedJson.decode(text, Number.POSITIVE_INFINITY)],
  ['auth-params, quoted', grown('a', 'Payment a="', '"'), auth],
  ['auth-params, escapes', grown('\\"', 'Payment a="', '"'), auth],
  ['auth-params, schemes', grown('a a=b, '), auth],
  ['auth-params, commas', grown(', ', 'a'), auth],
  ['auth-params, spaces', grown(' ', 'a a', '=b'), auth],
  ['auth-params, bare tokens', grown('a,'), auth],
  ['sse, one line', grown('a', 'data: ', '\n\n'), (text) => Sse.reader().push(Utf8.encode(text))],
  ['sse, many lines', grown('data: a\n', '', '\n'), (text) => Sse.reader().push(Utf8.encode(text))],
  ['sse, many events', grown('data: a\r\r'), (text) => Sse.reader().push(Utf8.encode(text))],
  ['uint', grown('0'), (text) => Uint.decode(text), Uint.maxDigits],
  ['uint, decimal', grown('0'), (text) => Uint.fromDecimal(text)],
  ['timestamp', grown('0', '2026-01-06T12:05:00.', 'Z'), Timestamp.decode],
  ['digest', grown(' ', 'x=:AAAA:'), Digest.decode, Digest.maxDigestChars],
  [
    'challenge',
    (size) => `Payment id="a", realm="b", method="c", intent="d", request="${token(size - 65)}"`,
    Challenge.decode,
    Challenge.maxValueChars,
  ],
  [
    'challenges, many',
    grown(`Payment id="a", realm="b", method="c", intent="d", request="${request}", `),
    Challenge.decode,
    AuthParams.maxFieldChars,
  ],
  ['credential', (size) => `Payment ${token(size - 8)}`, Credential.decode, Credential.maxCredentialChars],
  ['receipt', (size) => token(size, timestamp), Receipt.decodeCore, Receipt.maxReceiptChars],
  [
    'charge request',
    (size) => token(size, '"amount":"1","currency":"usd",'),
    ChargeRequest.decode,
    Challenge.maxValueChars,
  ],
  ['preferences', grown('a/b;q=0.5, '), Preferences.decode, Preferences.maxFieldChars],
  ['preferences, spaces', grown(' ', 'a/b', ';q=1'), Preferences.decode, Preferences.maxFieldChars],
  ['idempotency key', grown('\\"', '"', '"'), IdempotencyKey.decode, 2 * IdempotencyKey.maxKeyChars + 2],
  ['problem', (size) => object(size - 40, '"type":"about:blank",'), Problem.decode, Problem.maxBodyChars],
  ['discovery', (size) => object(size - openapi.length, openapi), Discovery.decode],
  [
    'JSON-RPC receipt',
    (size) => `{"_meta":{"${Mcp.receiptKey}":${object(size - 200, `"challengeId":"x",${timestamp}`)}}}`,
    (text) => Mcp.receiptOf(Json.decode(text) as Json.JsonObject),
  ],
]

/** Whether a text is refused for its length alone. */
function isRefused(text: string, decode: Case[2]): boolean {
  try {
    decode(text)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    return error.code === 'too-large' || (error.code === 'out-of-range' && text.length > Uint.maxDigits)
  }
  return false
}

/** Nanoseconds of processor time per character, the best of the rounds. */
function measure(text: string, decode: Case[2]): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const from = process.cpuUsage()
    let times = 0
    let spent = 0
    do {
      // A text that no cap refuses may still be refused for what it is.
      isRefused(text, decode)
      times++
      const { user, system } = process.cpuUsage(from)
      spent = user + system
    } while (spent < leastMicroseconds)
    best = Math.min(best, spent / times)
  }
  return (best * 1_000) / text.length
}

const cell = (text: string) => text.padStart(9)
const print = (name: string, cells: readonly string[]) =>
  process.stdout.write(`${name.padEnd(26)}${cells.map(cell).join('')}\n`)

process.stdout.write('nanoseconds per character\n\n')
print('', [...sizes.map((size) => `${size / 1000} KB`), 'cap', 'at cap', 'ratio'])
for (const [name, input, decode, cap = Number.POSITIVE_INFINITY] of cases) {
  const times = sizes.filter((size) => size <= cap).map((size) => measure(input(size), decode))
  const cells = sizes.map((_, i) => times[i]?.toFixed(1) ?? '')
  if (Number.isFinite(cap)) {
    const text = input(cap)
    if (isRefused(text, decode)) throw new Error(`${name}: ${text.length} characters are refused`)
    if (!isRefused(input(Math.ceil(cap * 1.1) + 100), decode))
      throw new Error(`${name}: reads more than its cap of ${cap}`)
    times.push(measure(text, decode))
    cells.push(`${cap}`, (times.at(-1) as number).toFixed(1))
  } else cells.push('', '')
  const ratio = times.length > 1 ? ((times.at(-1) as number) / (times[0] as number)).toFixed(2) : '-'
  print(name, [...cells, ratio])
}
