/**
 * A server that ends at any point of a payment, and the next one on the same claims: what was paid for is delivered or
 * refused, and nobody is charged twice or told to sign again for a payment that may have settled.
 */
import { describe, expect, test } from 'vitest'
import { disk } from '../../../conformance/peers/x402/payee/disk.ts'
import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { StoreUnavailable } from '../../../src/store/table.ts'
import type { Model } from '../../../src/x402/server/chat/model.ts'
import { claimTable } from '../../../src/x402/server/claim-table.ts'
import { memoryClaims } from '../../../src/x402/server/claims.ts'
import { chatServer } from '../../../src/x402/server/example/server.ts'
import type { Facilitator } from '../../../src/x402/wire/facilitator-api.ts'
import { chainId, payee } from '../../support/x402/samples.ts'
import { ask, chat, counted, openShop, paymentFor, price } from '../../support/x402/shop.ts'

const never = new Promise<never>(() => undefined)

/** Shops of one merchant, one after the other, on one chain, one facilitator and one disk. */
function merchant() {
  const shop = openShop()
  const engine = disk()
  return {
    earned: shop.earned,
    open(around: (own: Facilitator) => Facilitator = (own) => own, model?: Model) {
      const own = counted(model)
      const handle = chatServer({
        merchant: { payTo: payee.address, token: usdc, chainId },
        facilitator: around(shop.facilitator),
        model: own.model,
        claims: claimTable(engine),
      })
      return { handle, calls: own.calls }
    },
  }
}

type Merchant = ReturnType<typeof merchant>

/** Ends a server at a point of the payment that is sent to it. */
const endings: Record<string, (own: Merchant, paid: Record<string, string>) => Promise<void>> = {
  async 'before the facilitator hears of it'({ open }, paid) {
    await new Promise<void>((asked) => {
      const settle = () => {
        asked()
        return never
      }
      void open((own) => ({ ...own, settle })).handle(ask(paid))
    })
  },
  async 'when it is settled and not recorded'({ open }, paid) {
    await new Promise<void>((settled) => {
      const around = (own: Facilitator): Facilitator => ({
        ...own,
        async settle(request) {
          await own.settle(request)
          settled()
          return never
        },
      })
      void open(around).handle(ask(paid))
    })
  },
  async 'in the middle of the stream'({ open }, paid) {
    const model: Model = {
      names: [],
      async *stream() {
        yield { choices: [{ index: 0, delta: { content: 'half' } }] }
        await never
      },
      complete: async () => ({}),
    }
    const response = await open(undefined, model).handle(ask(paid))
    await response.body?.getReader().read()
  },
  async 'when all was delivered'({ open }, paid) {
    await (await open().handle(ask(paid))).text()
  },
}

const id = 'pay_0123456789abcdef'
const ways = [
  { name: 'v1', version: 1, signing: {} },
  { name: 'v2', version: 2, signing: {} },
  { name: 'v2 with an identifier', version: 2, signing: { id } },
] as const

/** What the same request is answered by the next server. */
const answers: Record<string, number> = {
  'before the facilitator hears of it': 200,
  // The key is on disk, and the facilitator says to it again that it settled.
  'when it is settled and not recorded': 200,
  'in the middle of the stream': 200,
  'when all was delivered': 402,
}

describe.each(ways)('$name', ({ version, signing }) => {
  test.each(Object.entries(endings))('killed %s', async (point, end) => {
    const own = merchant()
    const paid = await paymentFor(own.open(), version, signing)
    await end(own, paid)
    const next = own.open()
    const elsewhere = await next.handle(ask(paid, chat({ seed: 1 })))
    expect([402, 409]).toContain(elsewhere.status)
    expect(next.calls.streams).toBe(0)
    const expected = answers[point]
    for (let i = 0; i < 2; i++) {
      const again = await own.open().handle(ask(paid))
      await again.text()
      // Once it has bought its answer it buys no more.
      expect(again.status).toBe(expected === 200 && i === 1 ? 402 : expected)
      expect(own.earned()).toBe(price)
    }
  })
})

test('killed when it is settled, and the facilitator forgot whose it was: nobody is told to pay again', async () => {
  const own = merchant()
  const paid = await paymentFor(own.open(), 2)
  await endings['when it is settled and not recorded']?.(own, paid)
  const forgets = (facilitator: Facilitator): Facilitator => ({
    ...facilitator,
    settle: ({ payment, requirements }) => facilitator.settle({ payment, requirements }),
  })
  for (let i = 0; i < 2; i++) expect((await own.open(forgets).handle(ask(paid))).status).toBe(503)
  // Once it is heard with its key again, it is delivered.
  expect((await own.open().handle(ask(paid))).status).toBe(200)
  expect(own.earned()).toBe(price)
})

test('an identifier stands for its payment after a restart', async () => {
  const own = merchant()
  const first = own.open()
  await (await first.handle(ask(await paymentFor(first, 2, { id })))).text()
  const next = own.open()
  expect((await next.handle(ask(await paymentFor(next, 2, { id })))).status).toBe(409)
  expect([own.earned(), next.calls.streams]).toEqual([price, 0])
})

test('a stream that ends with its server again and again is not made for ever', async () => {
  const own = merchant()
  const paid = await paymentFor(own.open(), 2)
  const statuses: number[] = []
  for (let i = 0; i < 5; i++) {
    const model: Model = {
      names: [],
      async *stream() {
        yield { choices: [{ index: 0, delta: { content: 'half' } }] }
        await never
      },
      complete: async () => ({}),
    }
    statuses.push((await own.open(undefined, model).handle(ask(paid))).status)
  }
  expect(statuses).toEqual([200, 200, 200, 402, 402])
  expect(own.earned()).toBe(price)
})

test('a disk that is full: 503, and nothing has moved', async () => {
  const shop = openShop()
  const full = new StoreUnavailable()
  const handle = chatServer({
    merchant: { payTo: payee.address, token: usdc, chainId },
    facilitator: shop.facilitator,
    claims: { ...memoryClaims(), update: () => Promise.reject(full) },
  })
  expect((await handle(ask(await paymentFor(shop, 2)))).status).toBe(503)
  expect(shop.earned()).toBe(0n)
})

test('claims whose payments are over are dropped, but for what is under way', async () => {
  const engine = disk()
  const claims = claimTable(engine, 'one')
  const claim = { fingerprint: '', deliveries: 0 }
  const put = (name: string, state: 'busy' | 'used', until: bigint) =>
    claims.update(name, () => ({ claim: { ...claim, state, until }, answer: undefined }))
  await Promise.all([put('old', 'used', 5n), put('late', 'used', 20n), put('busy', 'busy', 5n)])
  const has = (from: typeof claims, name: string) =>
    from.update(name, (found) => ({ claim: found, answer: found?.state }))
  await claims.forget(10n)
  expect([await has(claims, 'old'), await has(claims, 'late'), await has(claims, 'busy')]).toEqual([
    undefined,
    'used',
    'busy',
  ])
  const next = claimTable(engine, 'two')
  expect(await has(next, 'busy')).toBe('undecided')
  await next.forget(10n)
  expect(await has(next, 'busy')).toBe(undefined)
})
