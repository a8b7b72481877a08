/** What can never be offered is told when it is built, and not to everyone who asks. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MemoryChain } from '../../../src/chain/memory/chain.ts'
import * as EncodedJson from '../../../src/codec/encoded-json.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { payments } from '../../../src/mpp/server/payments.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'

const options: PayeeOptions = {
  account: devAccounts[0] as KeyAccount,
  chain: new MemoryChain({ funded: [] }),
  secretKey: 'a secret of at least thirty-two bytes',
  realm: 'localhost',
}
const text = () => new Response('x')
const words = async function* () {
  yield 'x'
}

test.each([
  { amount: 'oops' },
  { amount: '' },
  { amount: '-1' },
  { amount: '0.0000001' },
  { amount: '1e3' },
  { amount: '0.001', suggestedDeposit: 'much' },
  { amount: '0.001', minVoucherDelta: '-0.1' },
  { amount: '0.001', description: 'tea \u2615' },
  { amount: '0.001', description: 'two\nlines' },
  { amount: '0.001', challengeTtlSeconds: 0 },
  { amount: '0.001', challengeTtlSeconds: Number.NaN },
  { amount: '0.001', needVoucherTimeoutMs: -1 },
  { amount: '0.001', opaque: { a: 1 as unknown as string } },
  { amount: '0.001', opaque: { a: '\ud800' } },
  { amount: '0.001', unitType: '\ud800' },
  { amount: '0.001', challengeTtlSeconds: 1e12 },
])('%o is no offer', async (offer) => {
  const pay = payments(options)
  expect(() => pay.stream(offer, words)).toThrow(TypeError)
  expect(() => pay.metered(offer, words)).toThrow(TypeError)
  expect(() => pay.fixed(offer, text)).toThrow(TypeError)
  if (
    !(
      'suggestedDeposit' in offer ||
      'minVoucherDelta' in offer ||
      'needVoucherTimeoutMs' in offer ||
      'opaque' in offer ||
      'unitType' in offer
    )
  ) {
    expect(() => pay.charge(offer, text)).toThrow(TypeError)
    const tools = { x: { description: 'x', price: offer, call: () => 'x' } }
    expect(() => pay.mcp({ name: 'x', version: '1', tools })).toThrow(TypeError)
  }
  await pay.close()
})

test.each([
  { amount: '0.001', externalId: '\ud800' },
  { amount: '0.001', modes: [] as never },
])('%o is no charge', async (offer) => {
  const pay = payments(options)
  expect(() => pay.charge(offer, text)).toThrow(TypeError)
  await pay.close()
})

test('nor is what makes a challenge longer than clients read, or costs more than there is', async () => {
  const pay = payments(options)
  const long = 'x'.repeat(9_000)
  const offers = {
    description: { description: long },
    opaque: { opaque: { a: long } },
    unitType: { unitType: long },
  }
  for (const more of Object.values(offers))
    expect(() => pay.fixed({ amount: '0.001', ...more }, text)).toThrow(/clients read up to 8192/)
  for (const more of [{ description: long }, { externalId: long }])
    expect(() => pay.charge({ amount: '0.001', ...more }, text)).toThrow(/clients read up to 8192/)
  expect(() => pay.fixed({ amount: `1${'0'.repeat(40)}` }, text)).toThrow(TypeError)
  await pay.close()
})

test('no tool whose name no challenge can carry is sold', async () => {
  const pay = payments(options)
  const tools = { '\ud800': { description: 'x', price: { amount: '0.001' }, call: () => 'x' } }
  expect(() => pay.mcp({ name: 'x', version: '1', tools })).toThrow(TypeError)
  await pay.close()
})

test('whatever is built is answered with its price', async () => {
  const pay = payments(options)
  const word = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom('', 'a|b', '"', '\\', ','),
  )
  const amount = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 200n }).map(String),
    fc.constantFrom('0', '0.000001'),
  )
  const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const offers = fc.record({
    amount,
    unitType: some(word),
    suggestedDeposit: some(amount),
    minVoucherDelta: some(amount),
    description: some(word),
    externalId: some(word),
    opaque: some(fc.dictionary(word, word, { maxKeys: 3 })),
    challengeTtlSeconds: some(fc.oneof(fc.double(), fc.double({ min: 0, max: 1e15 }))),
    feePayer: some(fc.boolean()),
    requiresAuth: some(fc.boolean()),
    resumable: some(fc.boolean()),
  })
  await fc.assert(
    fc.asyncProperty(offers, async (offer) => {
      const given = Object.fromEntries(Object.entries(offer).filter(([, value]) => value !== undefined))
      for (const sell of [() => pay.fixed(given as never, text), () => pay.charge(given as never, text)]) {
        let handler: ReturnType<typeof pay.fixed>
        try {
          handler = sell()
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          continue
        }
        for (const method of ['GET', 'HEAD', 'POST']) {
          const body = method === 'POST' ? { body: 'x' } : {}
          const answer = await handler(new Request('http://localhost/x', { method, ...body }))
          expect(answer.status).toBe(402)
          expect(usable(answer)).toBe(true)
        }
      }
    }),
    { numRuns: 200 },
  )
  await pay.close()
})

/** Whether a client reads the challenge and its terms. */
function usable({ headers }: Response): boolean {
  const [challenge] = Challenge.decode(headers.get('www-authenticate') ?? '')
  return (
    challenge !== undefined && EncodedJson.decode(challenge.request, Challenge.maxValueChars) !== undefined
  )
}

test.each([
  { realm: 'a|b' },
  { realm: 'a\nb' },
  { realm: '\u2615' },
  { currency: 'usd' as `0x${string}` },
  { escrow: 'usd' as `0x${string}` },
  { challengeTtlSeconds: 0 },
  { challengeTtlSeconds: -5 },
  { challengeTtlSeconds: Number.NaN },
  { challengeTtlSeconds: 1e12 },
  { secretKey: '' },
  { secretKey: new Uint8Array(31) },
  { secretKey: [] as never },
  { secretKey: ['a secret of at least thirty-two bytes', 'short'] as [string, string] },
])('a payee of %o is none', (wrong) => {
  expect(() => payments({ ...options, ...wrong })).toThrow(TypeError)
})

test.each([undefined, null, 42])('a secret that is missing is told so: %o', (secretKey) => {
  expect(() => payments({ ...options, secretKey: secretKey as never })).toThrow(/^secretKey is missing/)
})

test('what can be offered is', async () => {
  const pay = payments(options)
  const offer = {
    amount: '0.000001',
    description: 'th\u00e9 "vert"',
    opaque: { order: '7' },
    suggestedDeposit: '1',
  }
  const handler = pay.fixed(offer, text)
  expect((await handler(new Request('http://localhost/x'))).status).toBe(402)
  await pay.close()
})
