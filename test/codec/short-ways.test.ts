/**
 * Short ways of the codecs change nothing but the time: with them and without them every text means the same, and what
 * is refused is refused with the same words at the same place. The package is loaded twice, once without any.
 */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import * as AuthParams from '../../src/codec/auth-params.ts'
import * as Base64url from '../../src/codec/base64url.ts'
import type { Compiled } from '../../src/codec/compiled-schema.ts'
import type { DecodeError } from '../../src/codec/decode-error.ts'
import * as Jcs from '../../src/codec/jcs.ts'
import * as Json from '../../src/codec/json.ts'
import { decodeCarefully } from '../../src/codec/schema.ts'
import { plainSha256, sha256 } from '../../src/codec/sha256.ts'
import * as Timestamp from '../../src/codec/timestamp.ts'
import * as Utf8 from '../../src/codec/utf8.ts'
import { hmacSha256, plainHmac } from '../../src/keys/hmac.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import type * as Fuzz from '../support/fuzz.ts'

/** What came of a decode, in a form that two copies of the package can be compared by. */
function outcome(decode: () => unknown): unknown {
  try {
    return { value: decode() }
  } catch (error) {
    const { name, code, at, path, message } = error as DecodeError
    return { name, code, at, path, message }
  }
}

const sameAs =
  (short: (text: string) => unknown, careful: (text: string) => unknown) =>
  (text: string): void => {
    expect(outcome(() => short(text))).toEqual(outcome(() => careful(text)))
  }

const punctuation = (units: string) => fc.string({ unit: fc.constantFrom(...units), maxLength: 24 })

describe('one decoder', () => {
  test('JSON', () => {
    const same = sameAs(Json.decode, Json.decodeCarefully)
    fc.assert(fc.property(fc.json(), same))
    fc.assert(
      fc.property(
        fc.json({ noUnicodeString: false }).map((text) => text.replace(/,/, ' , ')),
        same,
      ),
    )
    fc.assert(fc.property(punctuation('{}[],:"\\ab01.eE+- \n\ud800'), same), { numRuns: 5_000 })
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":"b","b":"a","a":"b"}',
      '{"a":{"b":1,"b":2}}',
      '[{"a":1},{"a":1}]',
      '{"":1,"":2}',
      '{"__proto__":1,"__proto__":2}',
      '{"__proto__":{"a":"b"}}',
      '{"1":1,"0":2}',
      '[1e400]',
      '[-0]',
      '1E400',
      '"\ud800"',
      '\ufeff{}',
      `${'['.repeat(64)}${']'.repeat(64)}`,
      `${'['.repeat(65)}${']'.repeat(65)}`,
      `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`,
      '['.repeat(1_000_000),
    ])
      same(text)
  })

  test('base64url', () => {
    const same = sameAs(Base64url.decode, Base64url.decodeCarefully)
    fc.assert(fc.property(fc.uint8Array().map(Base64url.encodeBytes), same))
    fc.assert(fc.property(punctuation('AQgw_-+/= \n\u0141é'), same), { numRuns: 5_000 })
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(Base64url.encode(bytes)).toBe(Base64url.encodeBytes(bytes))
      }),
    )
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(Base64url.encode(text)).toBe(Base64url.encodeBytes(new TextEncoder().encode(text)))
        expect([...Utf8.encode(text)]).toEqual([...new TextEncoder().encode(text)])
      }),
    )
  })

  test('authentication fields', () => {
    const same = sameAs(AuthParams.decode, AuthParams.decodeCarefully)
    const parameter = fc.tuple(
      fc.constantFrom('a', 'b', 'A', 'c1'),
      fc.constantFrom('="x"', '=x', '="\\""', '="', '=', '= "y"', '="é"', '="\u0141"'),
    )
    const parts = fc.array(
      fc.oneof(
        parameter.map(([name, value]) => name + value),
        fc.constantFrom('b', 'Q c'),
      ),
    )
    const field = fc
      .tuple(
        fc.constantFrom('Payment ', 'payment  ', 'P', ' Payment ', 'Payment\t'),
        parts,
        fc.constantFrom(', ', ',', ' '),
      )
      .map(([scheme, list, comma]) => scheme + list.join(comma))
    fc.assert(fc.property(field, same), { numRuns: 5_000 })
    fc.assert(fc.property(punctuation('Pa ,="\\=+/\t1'), same), { numRuns: 5_000 })
    for (const text of [
      'Payment ',
      'Payment a="b", ',
      'Payment a="b",',
      'Payment a="b", a="b"',
      'Payment abc=',
      'P a',
    ])
      same(text)
  })

  test('timestamps', () => {
    const same = sameAs(Timestamp.decode, Timestamp.decodeCarefully)
    const digits = (count: number) => fc.nat(10 ** count - 1).map((value) => `${value}`.padStart(count, '0'))
    const time = fc
      .tuple(
        digits(4),
        digits(2),
        digits(2),
        digits(2),
        digits(2),
        digits(2),
        fc.constantFrom('', '.123', '.1'),
      )
      .map(([y, mo, d, h, mi, s, f]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}Z`)
    fc.assert(fc.property(time, same), { numRuns: 5_000 })
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }), (date) =>
        same(date.toISOString()),
      ),
    )
  })

  test('receipts of sessions, in order and with parts that are not', () => {
    const word = `0x${'ab'.repeat(32)}`
    const words = fc.constantFrom(
      word,
      word,
      word,
      word.toUpperCase(),
      `0X${'a'.repeat(64)}`,
      '0xab',
      `${word}00`,
      1,
    )
    const texts = fc.oneof(
      fc.constantFrom('x', '', 'a"b', 'a\\b', '\u007f', 'é', '\u2028', '\ud800'),
      fc.string(),
    )
    const amounts = fc.constantFrom(0n, 5n, 2n ** 128n - 1n, 2n ** 128n, -1n)
    const units = fc.constantFrom(undefined, 4, 0, -0, -1, 1.5, 2 ** 53, 1e21, Number.NaN)
    const times = fc.constantFrom(
      '2026-01-06T12:05:00.000Z',
      '2026-02-31T12:05:00Z',
      '2026-01-06T12:05:00+01:00',
      'now',
    )
    const receipts = fc.record(
      {
        method: fc.constantFrom('tempo', 'tempo', 'tempo', 'stripe'),
        intent: fc.constantFrom('session', 'session', 'session', 'charge'),
        status: fc.constantFrom('success', 'success', 'success', 'failed'),
        timestamp: times,
        reference: words,
        challengeId: texts,
        channelId: words,
        acceptedCumulative: amounts,
        spent: amounts,
        units,
        txHash: fc.option(words, { nil: undefined }),
        'more than that': texts,
      },
      {
        requiredKeys: [
          'method',
          'intent',
          'status',
          'timestamp',
          'reference',
          'challengeId',
          'channelId',
          'spent',
        ],
      },
    )
    // Most of them as they should be, one or two members apart.
    const right = Receipt.from({
      timestamp: '2026-01-06T12:05:00.000Z',
      challengeId: 'x',
      channelId: `0x${'ab'.repeat(32)}`,
      acceptedCumulative: 5n,
      spent: 4n,
    })
    const some = fc
      .tuple(
        receipts,
        fc.subarray(
          [
            'spent',
            'units',
            'txHash',
            'timestamp',
            'challengeId',
            'more than that',
            'reference',
            'method',
          ] as const,
          { maxLength: 3 },
        ),
      )
      .map(([all, names]) => ({
        ...right,
        ...Object.fromEntries(names.flatMap((name) => (name in all ? [[name, all[name]]] : []))),
      }))
    const careful = (text: string) => decodeCarefully(Receipt.schema, Json.decodeCarefully(text))
    const same = (receipt: object) => {
      const write = () => Jcs.encode(z.encode(Receipt.schema, receipt as never))
      expect(outcome(() => Receipt.encode(receipt as never))).toEqual(
        outcome(() => Base64url.encode(write())),
      )
      const wire = { ...receipt } as Record<string, unknown>
      for (const [name, value] of Object.entries(wire))
        if (typeof value === 'bigint') wire[name] = value.toString()
      const sorted = Object.fromEntries(Object.entries(wire).sort(([a], [b]) => (a < b ? -1 : 1)))
      for (const text of [JSON.stringify(sorted), JSON.stringify(wire)])
        expect(outcome(() => Receipt.decode(Base64url.encode(text)))).toEqual(outcome(() => careful(text)))
    }
    fc.assert(fc.property(some, same), { numRuns: 3_000 })
    fc.assert(fc.property(receipts, same), { numRuns: 1_000 })
  })

  test('the hash of the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (message) => {
        expect([...sha256(message)]).toEqual([...plainSha256(message)])
      }),
    )
  })

  test('the HMAC of the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (key, message) => {
        expect([...hmacSha256(key, message)]).toEqual([...plainHmac(key, message)])
      }),
    )
  })
})

describe('every codec of the wire', () => {
  let short: typeof Fuzz
  let careful: typeof Fuzz

  beforeAll(async () => {
    short = await import('../support/fuzz.ts')
    vi.resetModules()
    vi.doMock('../../src/codec/plain-json.ts', () => ({ parsePlain: () => undefined }))
    vi.doMock('../../src/codec/native-bytes.ts', () => ({
      toBase64url: () => undefined,
      plainBytes: () => undefined,
      plainText: () => undefined,
    }))
    vi.doMock('../../src/codec/compiled-schema.ts', async (original) => {
      const real = await original<typeof import('../../src/codec/compiled-schema.ts')>()
      const never: Compiled = { read: () => real.miss, encode: () => real.miss, write: () => real.miss }
      return { ...real, compile: () => never, readText: () => real.miss }
    })
    careful = await import('../support/fuzz.ts')
  })
  afterAll(() => {
    vi.doUnmock('../../src/codec/plain-json.ts')
    vi.doUnmock('../../src/codec/native-bytes.ts')
    vi.doUnmock('../../src/codec/compiled-schema.ts')
    vi.resetModules()
  })

  test('valid texts, and texts with something changed: the same text written, the same read, the same refused', () => {
    const seed = 17
    const others = careful.fuzz(6_000, seed)
    for (const { decoder, text, decode } of short.fuzz(6_000, seed)) {
      const other = others.next().value as Fuzz.Fuzzed
      expect({ decoder, text }).toEqual({ decoder: other.decoder, text: other.text })
      const [one, two] = [outcome(() => decode(text)), outcome(() => other.decode(text))]
      expect({ decoder, text, ...(one as object) }).toEqual({ decoder, text, ...(two as object) })
    }
  })
})
