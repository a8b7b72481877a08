/** Inputs that no decoder expects: noise, and valid texts with something changed, at every layer of them. */
import fc from 'fast-check'
import * as Base64url from '../../src/codec/base64url.ts'
import * as Discovery from '../../src/mpp/wire/discovery.ts'
import * as Receipt from '../../src/mpp/wire/receipt.ts'
import { type WireCodec, wireCodecs } from './wire-codecs.ts'

/** Numbers from 0 to below `limit`, the same for the same seed (xorshift32). */
export function random(seed: number): (limit: number) => number {
  let state = seed | 0 || 1
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

export interface Fuzzed {
  decoder: string
  text: string
  decode: (text: string) => unknown
}

type Decoder = Pick<WireCodec, 'name' | 'decode'> & { samples: readonly string[] }

const samplesOf = ({ values, encode }: WireCodec, seed: number): string[] =>
  fc.sample(values, { numRuns: 12, seed }).map(encode)

const document = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Poems', version: '1' },
  paths: {
    '/poem': {
      get: {
        'x-payment-info': { offers: [{ intent: 'session', method: 'tempo', amount: '1000' }] },
        responses: { 402: { description: 'pay' } },
      },
    },
  },
})

/** Every decoder with valid texts of its own; those that have no encoder too. */
function decoders(seed: number): Decoder[] {
  const receipts = wireCodecs.find(({ name }) => name === 'receipt') as WireCodec
  return [
    ...wireCodecs.map((codec) => ({ ...codec, samples: samplesOf(codec, seed) })),
    { name: 'discovery', decode: Discovery.decode, samples: [document] },
    { name: 'any receipt', decode: Receipt.decodeCore, samples: samplesOf(receipts, seed) },
  ]
}

/** What breaks readers: separators, escapes, limits, halves of characters, names with a meaning of their own. */
const telling = [
  ...'"\\,=;:{}[]|\u0000\r\n\t \u007f\u00ff\ud800\udc00\ufeff\u0130',
  '__proto__',
  '"a":1,"a":2',
  'Payment ',
  '\\ud800',
  '1e999',
  '-0',
  '00',
  '0x',
  `${2n ** 256n}`,
  '['.repeat(100),
  'A'.repeat(300),
]

/** `count` inputs, each for one decoder. */
export function* fuzz(count: number, seed: number): Generator<Fuzzed, void, undefined> {
  const below = random(seed)
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T
  const unit = [256, 128, 65_536]
  const noise = (): string => {
    const limit = pick(unit)
    return String.fromCharCode(...Array.from({ length: below(48) }, () => below(limit)))
  }
  const change = (text: string): string => {
    const at = below(text.length + 1)
    const end = Math.min(text.length, at + below(4))
    const part = [
      () => pick(telling),
      () => noise(),
      () => '',
      () => text.slice(at, at + below(40)).repeat(2),
      () => String.fromCharCode((text.charCodeAt(at) || 0) ^ (1 << below(8))),
    ]
    return text.slice(0, at) + pick(part)() + text.slice(end)
  }
  /** Changes what is inside the first base64url value, so that the layers under it are reached. */
  const changeInside = (text: string): string =>
    text.replace(/[A-Za-z0-9_-]{24,}/, (token) => {
      const inner = Buffer.from(token, 'base64url')
      if (below(2) === 0) return Base64url.encode(change(inner.toString('utf8')))
      const at = below(inner.length)
      inner[at] = (inner[at] as number) ^ (1 << below(8))
      return Base64url.encode(inner)
    })
  const all = decoders(seed)
  for (let made = 0; made < count; made++) {
    const { name, decode, samples } = all[made % all.length] as Decoder
    const ways = [
      noise,
      () => change(pick(samples)),
      () => change(change(pick(samples))),
      () => changeInside(pick(samples)),
    ]
    yield { decoder: name, decode, text: pick(ways)() }
  }
}
