/** What can never be offered is told when it is built, and not to everyone who asks. */
import { expect, test } from 'vitest'
import { MemoryChain } from '../../../src/chain/memory/chain.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { payments } from '../../../src/mpp/server/payments.ts'

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
      'opaque' in offer
    )
  ) {
    expect(() => pay.charge(offer, text)).toThrow(TypeError)
    const tools = { x: { description: 'x', price: offer, call: () => 'x' } }
    expect(() => pay.mcp({ name: 'x', version: '1', tools })).toThrow(TypeError)
  }
  await pay.close()
})

test.each([{ realm: 'a|b' }, { realm: 'a\nb' }, { realm: '\u2615' }, { currency: 'usd' as `0x${string}` }])(
  'a payee of %o is none',
  (wrong) => {
    expect(() => payments({ ...options, ...wrong })).toThrow(TypeError)
  },
)

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
