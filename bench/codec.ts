/**
 * `npm run bench:codec`: that reading takes time in proportion to the text. For each decoder, an input that grows:
 * plain ones, and those that hurt readers which look ahead, look back or join again and again. The ratio compares
 * the time per byte of the largest size that is read with that of the smallest: near or below 1 is linear, 1,000
 * would be quadratic. Above its cap a decoder refuses without reading, which is shown instead of a time.
 */
import * as AuthParams from '../src/codec/auth-params.ts'
import * as Base64url from '../src/codec/base64url.ts'
import { DecodeError } from '../src/codec/decode-error.ts'
import * as Digest from '../src/codec/digest.ts'
import * as EncodedJson from '../src/codec/encoded-json.ts'
import * as Field from '../src/codec/field.ts'
import * as Hex from '../src/codec/hex.ts'
import * as Jcs from '../src/codec/jcs.ts'
import * as Json from '../src/codec/json.ts'
import * as Sse from '../src/codec/sse.ts'
import * as Timestamp from '../src/codec/timestamp.ts'
import * as Uint from '../src/codec/uint.ts'
import * as Utf8 from '../src/codec/utf8.ts'
import * as Challenge from '../src/mpp/challenge.ts'
import * as ChargeRequest from '../src/mpp/charge-request.ts'
import * as Credential from '../src/mpp/credential.ts'
import * as Discovery from '../src/mpp/discovery.ts'
import * as IdempotencyKey from '../src/mpp/idempotency-key.ts'
import * as Mcp from '../src/mpp/mcp.ts'
import * as Preferences from '../src/mpp/preferences.ts'
import * as Problem from '../src/mpp/problem.ts'
import * as Receipt from '../src/mpp/receipt.ts'

const sizes = [1_000, 10_000, 100_000, 1_000_000]
/** Enough work for the clock: at least this many milliseconds, at least this many rounds. */
const [leastMs, leastRounds] = [40, 3]

type Case = [name: string, input: (size: number) => string, decode: (text: string) => unknown]

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
  ['uint', grown('9'), (text) => Uint.decode(text)],
  ['uint, decimal', grown('9'), (text) => Uint.fromDecimal(text)],
  ['timestamp', grown('0', '2026-01-06T12:05:00.', 'Z'), Timestamp.decode],
  ['digest', grown(' ', 'sha-256=:AAAA:'), Digest.decode],
  [
    'challenge',
    (size) => `Payment id="a", realm="b", method="c", intent="d", request="${token(size)}"`,
    Challenge.decode,
  ],
  [
    'challenges, many',
    grown(`Payment id="a", realm="b", method="c", intent="d", request="${request}", `),
    Challenge.decode,
  ],
  ['credential', (size) => `Payment ${token(size)}`, Credential.decode],
  ['receipt', (size) => token(size, timestamp), Receipt.decodeCore],
  ['charge request', (size) => token(size, '"amount":"1","currency":"usd",'), ChargeRequest.decode],
  ['preferences', grown('a/b;q=0.5, '), Preferences.decode],
  ['preferences, spaces', grown(' ', 'a/b', ';q=1'), Preferences.decode],
  ['idempotency key', grown('\\"', '"', '"'), IdempotencyKey.decode],
  ['problem', (size) => object(size, '"type":"about:blank",'), Problem.decode],
  ['discovery', (size) => object(size - openapi.length, openapi), Discovery.decode],
  [
    'JSON-RPC receipt',
    (size) => `{"_meta":{"${Mcp.receiptKey}":${object(size - 200, `"challengeId":"x",${timestamp}`)}}}`,
    (text) => Mcp.receiptOf(Json.decode(text) as Json.JsonObject),
  ],
]

/** Nanoseconds per character, the best of the rounds; undefined when the text is over the decoder's cap. */
function measure(text: string, decode: Case[2]): number | undefined {
  const attempt = (): boolean => {
    try {
      decode(text)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      return error.code === 'too-large' || (error.code === 'out-of-range' && text.length > Uint.maxDigits)
    }
    return false
  }
  if (attempt()) return undefined
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + leastMs
  for (let round = 0; round < leastRounds || performance.now() < end; round++) {
    const from = performance.now()
    attempt()
    best = Math.min(best, performance.now() - from)
  }
  return (best * 1_000_000) / text.length
}

const cell = (text: string) => text.padStart(9)
const print = (name: string, cells: readonly string[]) =>
  process.stdout.write(`${name.padEnd(26)}${cells.map(cell).join('')}\n`)

process.stdout.write('nanoseconds per character\n\n')
print('', [...sizes.map((size) => `${size / 1000} KB`), 'ratio'])
for (const [name, input, decode] of cases) {
  const times = sizes.map((size) => measure(input(size), decode))
  const read = times.filter((time) => time !== undefined)
  const ratio = read.length > 1 ? ((read.at(-1) as number) / (read[0] as number)).toFixed(2) : '-'
  print(name, [...times.map((time) => time?.toFixed(1) ?? 'refused'), ratio])
}
