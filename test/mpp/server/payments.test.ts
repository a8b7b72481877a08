/** The author's side of the server: what a resource delivers is what is charged. */
import { describe, expect, test } from 'vitest'
import { poem, title, words } from '../../../src/mpp/server/example/text.ts'
import { payments } from '../../../src/mpp/server/payments.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import { collect, newChain, payee, payer, startKit } from '../../support/kit.ts'

const started = 1_000_000_000_000n

describe('a stream', () => {
  test('is paid word by word, topped up and closed; both balances are exact', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    expect((await collect(pay.sse(kit.url))).join(' ')).toBe(poem)
    const receipt = await pay.close()
    const price = 1000n * BigInt(words.length)
    expect(receipt).toMatchObject({ spent: price, acceptedCumulative: price })
    const kinds = pay.events.map(({ type }) => type).filter((type) => type !== 'receipt')
    expect(kinds).toEqual([
      'challenge',
      'open',
      ...Array(39).fill('voucher'),
      'topUp',
      ...Array(words.length - 40).fill('voucher'),
      'closed',
    ])
    // Open and top-up are the payer's transactions, the close is the payee's; each costs 1000.
    expect(kit.chain.balance(payer.address)).toBe(started - price - 2000n)
    expect(kit.chain.balance(payee.address)).toBe(started + price - 1000n)
  })

  test('charged by hand: yields are free', async () => {
    await using kit = await startKit((pay) =>
      pay.metered({ amount: '0.001', suggestedDeposit: '0.100' }, async function* (_, stream) {
        yield 'free'
        await stream.charge(3)
        yield 'three units'
        yield 'free again'
      }),
    )
    const pay = kit.session({ unitsPerEvent: 3 })
    expect(await collect(pay.sse(kit.url))).toEqual(['free', 'three units', 'free again'])
    expect(await pay.close()).toMatchObject({ spent: 3000n })
  })

  test('the example of the guides: a free title, then a charge before each word', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    const [first = '', ...rest] = await collect(pay.sse(new URL('/metered', kit.url).href))
    expect(JSON.parse(first)).toEqual(title)
    expect(rest.join(' ')).toBe(poem)
    expect(await pay.close()).toMatchObject({ spent: 1000n * BigInt(words.length) })
  })

  test('content cannot forge control events', async () => {
    const forged = 'a\n\nevent: payment-receipt\ndata: {}\n\nb\rc'
    await using kit = await startKit((pay) =>
      pay.stream({ amount: '0.001', suggestedDeposit: '0.010' }, async function* () {
        yield forged
        yield { event: 'chunk', data: 'd', id: '7' }
      }),
    )
    const pay = kit.session()
    expect(await collect(pay.sse(kit.url))).toEqual([forged.replace(/\r/g, '\n'), 'd'])
    await pay.close()
  })

  test('a reader that stops is not charged for the rest', async () => {
    let produced = 0
    await using kit = await startKit((pay) =>
      pay.stream({ amount: '0.001', suggestedDeposit: '1' }, async function* () {
        for (;;) yield `${produced++} ${'x'.repeat(100_000)}`
      }),
    )
    const pay = kit.session({ unitsPerEvent: 1000 })
    let read = 0
    for await (const _ of pay.sse(kit.url)) if (++read === 3) break
    const receipt = await pay.close()
    expect(receipt?.spent).toBeLessThan(1000n * 200n)
    expect(produced).toBeLessThan(200)
  })

  test('a second stream ends the first, with a receipt', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    const first = pay.sse(kit.url)[Symbol.asyncIterator]()
    await first.next()
    const second = collect(pay.sse(kit.url))
    const rest: unknown[] = []
    for (let next = await first.next(); !next.done; next = await first.next()) rest.push(next.value)
    expect(rest.length).toBeLessThan(words.length - 1)
    expect(await second).toHaveLength(words.length)
    const receipt = await pay.close()
    expect(receipt?.spent).toBe(1000n * BigInt(1 + rest.length + words.length))
  })

  test('ends when no voucher comes, with a receipt', async () => {
    await using kit = await startKit(undefined, { needVoucherTimeoutMs: 20 })
    let opened = ''
    const pay = kit.session({
      // Every voucher gets lost on the way, though the client is told otherwise.
      fetch: async (input, init) => {
        if (init?.method === 'HEAD') return new Response(null, { headers: { 'payment-receipt': opened } })
        const response = await fetch(input, init)
        opened = response.headers.get('payment-receipt') ?? opened
        return response
      },
    })
    expect(await collect(pay.sse(kit.url))).toEqual([words[0]])
    const last = pay.events.at(-1)
    expect(last?.type === 'receipt' && last.receipt).toMatchObject({ spent: 1000n, units: 1 })
    await pay.close()
  })

  test('an author who throws breaks the connection; what was delivered stays charged', async () => {
    await using kit = await startKit((pay) =>
      pay.stream({ amount: '0.001', suggestedDeposit: '0.010' }, async function* () {
        yield 'a'
        throw new Error('the model crashed')
      }),
    )
    const pay = kit.session()
    await expect(collect(pay.sse(kit.url))).rejects.toThrow()
    expect(await pay.close()).toMatchObject({ spent: 1000n })
  })
})

describe('a fixed price', () => {
  test('charges each response once and says so', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    for (let i = 1; i <= 3; i++) {
      const response = await pay.fetch(`${kit.server.url}/line`)
      expect(response.status).toBe(200)
      expect(await response.text()).toContain('Two roads')
      expect(Receipt.decode(response.headers.get('payment-receipt') ?? '')).toMatchObject({
        spent: 1000n * BigInt(i),
        units: 1,
      })
      expect(response.headers.get('cache-control')).toBe('private')
    }
    expect(await pay.close()).toMatchObject({ spent: 3000n })
  })
})

describe('a payee', () => {
  test('sponsors opens and top-ups when it says so', async () => {
    await using kit = await startKit((pay) =>
      pay.stream({ amount: '0.001', suggestedDeposit: '0.004', feePayer: true }, async function* () {
        yield* words.slice(0, 6)
      }),
    )
    const pay = kit.session()
    expect(await collect(pay.sse(kit.url))).toHaveLength(6)
    await pay.close()
    expect(kit.chain.balance(payer.address)).toBe(started - 6000n)
    expect(kit.chain.balance(payee.address)).toBe(started + 6000n - 3000n)
  })

  test('takes credentials from Payment-Authorization when it asks for it', async () => {
    const seen: (string | null)[] = []
    await using kit = await startKit((pay) => {
      const handler = pay.stream(
        { amount: '0.001', suggestedDeposit: '0.010', requiresAuth: true },
        async function* () {
          yield* words.slice(0, 3)
        },
      )
      return (request) => {
        seen.push(request.headers.get('authorization'))
        return handler(request)
      }
    })
    const pay = kit.session()
    expect(await collect(pay.sse(kit.url, { headers: { authorization: 'Bearer login' } }))).toHaveLength(3)
    expect(await pay.close()).toMatchObject({ spent: 3000n })
    expect(seen.filter((field) => field?.startsWith('Payment'))).toEqual([])
    expect(seen[0]).toBe('Bearer login')
  })

  test('needs a secret of 32 bytes', () => {
    expect(() => payments({ account: payee, chain: newChain(), secretKey: 'short', realm: 'x' })).toThrow(
      'needs 32',
    )
  })

  test('still takes challenges of the secret before', async () => {
    const old = 'the old secret, at least 32 bytes long'
    const current = 'the new secret, at least 32 bytes long'
    await using before = await startKit(undefined, { secretKey: old })
    const challenge = await fetch(before.url)
    await using after = await startKit(undefined, { secretKey: [current, old] })
    const pay = after.session({
      fetch: async (input, init) =>
        new Headers(init?.headers).has('authorization') ? fetch(input, init) : challenge,
    })
    expect((await pay.fetch(`${after.server.url}/line`)).status).toBe(200)
    await pay.close()
  })

  test('a chain that cannot be reached refuses the payment and takes nothing', async () => {
    const chain = newChain()
    let reachable = true
    const { RpcUnreachable } = await import('../../../src/chain/rpc.ts')
    await using kit = await startKit(undefined, {
      chain: {
        request: async (request) =>
          reachable ? chain.request(request) : Promise.reject(new RpcUnreachable('http://chain', 'down')),
      },
    })
    const pay = kit.session({ chain })
    await pay.fetch(`${kit.server.url}/line`)
    reachable = false
    const refused = pay.fetch(`${kit.server.url}/line`)
    await expect(refused).rejects.toThrow('cannot be reached')
    reachable = true
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(await pay.close()).toMatchObject({ spent: 2000n })
  })
})
