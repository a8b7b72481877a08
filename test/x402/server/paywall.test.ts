/** The paywall around a chat: nothing for nothing, one settlement for one answer, and no second charge. */
import { describe, expect, test } from 'vitest'
import { facilitatorHandler } from '../../../src/x402/facilitator/handle.ts'
import { facilitatorAt } from '../../../src/x402/server/facilitator-client.ts'
import { paymentField, versions } from '../../../src/x402/wire/fields.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import { payee, payer } from '../../support/x402/samples.ts'
import { ask, askedIn, chat, openShop, paymentFor, price, receiptOf, url } from '../../support/x402/shop.ts'

const dataOf = (text: string) =>
  text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => event.replace(/^data: /, ''))

describe.each(versions)('v%i', (version) => {
  test('an unpaid request is told the price, and the model is not asked', async () => {
    const shop = openShop()
    const response = await shop.handle(ask())
    expect(response.status).toBe(402)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { accepts } = await askedIn(response, version)
    expect(accepts).toMatchObject([
      { amount: price, payTo: payee.address, maxTimeoutSeconds: 60, scheme: 'exact' },
    ])
    expect(shop.calls.streams).toBe(0)
  })

  test('a paid stream is settled before its first byte, and ends with [DONE] once', async () => {
    const shop = openShop()
    const response = await shop.handle(ask(await paymentFor(shop, version)))
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
    expect(receiptOf(response, version)).toMatchObject({ success: true, payer: payer.address })
    expect([shop.earned(), shop.settlements()]).toEqual([price, 1])
    const data = dataOf(await response.text())
    expect(data.filter((line) => line === '[DONE]')).toHaveLength(1)
    expect(data.at(-1)).toBe('[DONE]')
    expect(JSON.parse(data[0] as string)).toMatchObject({ object: 'chat.completion.chunk' })
    expect(shop.calls.streams).toBe(1)
  })

  test('a whole answer says the same as the stream', async () => {
    const shop = openShop()
    const whole = await shop.handle(ask(await paymentFor(shop, version), chat({ stream: false })))
    const { choices } = (await whole.json()) as { choices: [{ message: { content: string } }] }
    const streamed = await shop.handle(ask(await paymentFor(shop, version)))
    const text = dataOf(await streamed.text())
      .slice(0, -1)
      .map(
        (line) =>
          (JSON.parse(line) as { choices: [{ delta: { content?: string } }] }).choices[0].delta.content ?? '',
      )
      .join('')
    expect(choices[0].message.content).toBe(text)
    expect(receiptOf(whole, version)?.success).toBe(true)
  })

  test('a payment buys one answer, in a row and at once', async () => {
    const shop = openShop()
    const paid = await paymentFor(shop, version)
    const five = await Promise.all(Array.from({ length: 5 }, () => shop.handle(ask(paid))))
    expect(five.map(({ status }) => status).sort()).toEqual([200, 402, 402, 402, 402])
    await Promise.all(five.map((response) => response.text()))
    expect((await shop.handle(ask(paid))).status).toBe(402)
    expect([shop.earned(), shop.calls.streams]).toEqual([price, 1])
  })

  test.each<[string, Parameters<typeof paymentFor>[2]]>([
    ['another payee', { overrides: { to: payer.address } }],
    ['too little', { overrides: { value: 9_999n } }],
    ['too much', { overrides: { value: 10_001n } }],
    ['expired', { overrides: { validBefore: 1n } }],
    ['not yet valid', { overrides: { validAfter: 4_000_000_000n, validBefore: 4_000_000_001n } }],
    ['signed by another', { overrides: { from: payee.address } }],
  ])('%s: refused, and nothing is settled', async (_, signing) => {
    const shop = openShop()
    const response = await shop.handle(ask(await paymentFor(shop, version, signing)))
    expect(response.status).toBe(402)
    expect((await askedIn(response, version)).error).toMatch(/^invalid_/)
    expect([shop.earned(), shop.calls.streams, shop.settlements()]).toEqual([0n, 0, 0])
    // The twin, under the same conditions.
    expect((await shop.handle(ask(await paymentFor(shop, version)))).status).toBe(200)
  })

  test.each(['', '%%%', 'aGVsbG8=', 'e30=', 'e30', '{}', 'A'.repeat(70_000)])(
    'a field that is no payment: %.20j',
    async (field) => {
      const shop = openShop()
      const response = await shop.handle(ask({ [paymentField[version]]: field }))
      expect(response.status).toBe(400)
      expect(shop.calls.streams).toBe(0)
    },
  )

  test('a refused settlement serves nothing and says so; the payment is then as good as new', async () => {
    let refuse = true
    const shop = openShop({
      around: (own) => ({
        ...own,
        settle: (request) =>
          refuse
            ? Promise.resolve({
                success: false,
                errorReason: 'insufficient_funds',
                transaction: '',
                network: 'x',
              })
            : own.settle(request),
      }),
    })
    const paid = await paymentFor(shop, version)
    const response = await shop.handle(ask(paid))
    expect(response.status).toBe(402)
    expect(receiptOf(response, version)).toMatchObject({ success: false, errorReason: 'insufficient_funds' })
    expect(shop.calls.streams).toBe(0)
    refuse = false
    expect((await shop.handle(ask(paid))).status).toBe(200)
  })

  test('a settlement without an outcome is no 402, and is taken up again', async () => {
    let lose = true
    const shop = openShop({
      around: (own) => ({
        ...own,
        async settle(request) {
          if (!lose) return own.settle(request)
          throw new Error('no answer')
        },
      }),
    })
    const paid = await paymentFor(shop, version)
    for (let i = 0; i < 2; i++) {
      const response = await shop.handle(ask(paid))
      expect([response.status, shop.calls.streams]).toEqual([503, 0])
      expect(response.headers.get('retry-after')).toMatch(/^[0-9]+$/)
    }
    // For another request it is taken meanwhile.
    expect((await shop.handle(ask(paid, chat({ seed: 1 })))).status).toBe(402)
    lose = false
    expect((await shop.handle(ask(paid))).status).toBe(200)
    expect(shop.earned()).toBe(price)
  })

  test.each<[string, object]>([
    ['another network', { network: 'eip155:1' }],
    ['another payer', { payer: payee.address }],
    ['no transaction', { transaction: '' }],
  ])('a success of %s is no settlement, whether money moved or not', async (_, said) => {
    for (const moves of [false, true]) {
      let lies = true
      const shop = openShop({
        around: (own) => ({
          ...own,
          async settle(request) {
            if (!lies) return own.settle(request)
            const { network } = request.requirements
            const transaction = `0x${'ab'.repeat(32)}`
            const told = moves ? await own.settle(request) : { success: true, transaction, network }
            return { ...told, ...said }
          },
        }),
      })
      const paid = await paymentFor(shop, version)
      expect((await shop.handle(ask(paid))).status).toBe(503)
      expect([shop.calls.streams, shop.errors.length]).toEqual([0, 1])
      lies = false
      // Whoever hears 402 would pay again: the same key learns what became of it.
      expect((await shop.handle(ask(paid))).status).toBe(200)
      expect(shop.earned()).toBe(price)
    }
  })

  test.each([
    ['that knows keys', true],
    ['that knows none', false],
  ])('an answer that is lost after money moved: at a facilitator %s', async (_, knowsKeys) => {
    let lose = true
    const keys: (string | undefined)[] = []
    const shop = openShop({
      around: (own) => ({
        ...own,
        async settle({ key, ...request }) {
          keys.push(key)
          const settlement = await own.settle(knowsKeys && key !== undefined ? { ...request, key } : request)
          if (lose) throw new Error('the answer is lost')
          return settlement
        },
      }),
    })
    const paid = await paymentFor(shop, version)
    for (let i = 0; i < 2; i++) expect((await shop.handle(ask(paid))).status).toBe(503)
    lose = false
    // The client is never asked to pay again; with a key its payment buys its answer.
    for (let i = 0; i < 2; i++) {
      const response = await shop.handle(ask(paid))
      await response.text()
      expect(response.status).toBe(knowsKeys ? [200, 402][i] : 503)
    }
    expect([shop.earned(), shop.calls.streams]).toEqual([price, knowsKeys ? 1 : 0])
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/)
  })

  test.each(['settlement_pending', 'unexpected_settle_error'])(
    '%s, and then it is used: the client is not asked to pay again',
    async (reason) => {
      const said = [reason, 'invalid_transaction_state', 'idempotency_key_conflict']
      const shop = openShop({
        around: (own) => ({
          ...own,
          settle: async ({ requirements: { network } }) => ({
            success: false,
            errorReason: said.shift() ?? reason,
            network,
          }),
        }),
      })
      const paid = await paymentFor(shop, version)
      for (let i = 0; i < 3; i++) expect((await shop.handle(ask(paid))).status).toBe(503)
      expect(said).toEqual([])
    },
  )

  test('each payment has a key of its own', async () => {
    const keys: (string | undefined)[] = []
    const shop = openShop({
      around: (own) => ({
        ...own,
        settle(request) {
          keys.push(request.key)
          return own.settle(request)
        },
      }),
    })
    for (let i = 0; i < 2; i++) await (await shop.handle(ask(await paymentFor(shop, version)))).text()
    expect(new Set(keys).size).toBe(2)
  })

  test('a facilitator that finds the payment of somebody else valid has not verified this one', async () => {
    const shop = openShop({
      around: (own) => ({ ...own, verify: async () => ({ isValid: true, payer: payee.address }) }),
    })
    expect((await shop.handle(ask(await paymentFor(shop, version)))).status).toBe(503)
    expect([shop.earned(), shop.calls.streams, shop.errors.length]).toEqual([0n, 0, 1])
  })

  test('a facilitator that cannot verify: nothing moved, and the payment stays good', async () => {
    let down = true
    const shop = openShop({
      around: (own) => ({
        ...own,
        verify: (request) => (down ? Promise.reject(new Error('down')) : own.verify(request)),
      }),
    })
    const paid = await paymentFor(shop, version)
    expect((await shop.handle(ask(paid))).status).toBe(503)
    down = false
    expect((await shop.handle(ask(paid))).status).toBe(200)
    expect(shop.errors).toHaveLength(1)
  })

  test('a request that cannot be answered is told before its payment is taken', async () => {
    const shop = openShop()
    for (const body of ['{', '{}', JSON.stringify({ model: 'm', messages: 'hi' })]) {
      const paid = await paymentFor(shop, version, {}, ask({}, body))
      const response = await shop.handle(ask(paid, body))
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error' } })
    }
    expect([shop.earned(), shop.settlements()]).toEqual([0n, 0])
  })
})

describe('v2', () => {
  test('what was paid for one resource is refused for another', async () => {
    const shop = openShop()
    const paid = await paymentFor(shop, 2)
    expect((await shop.handle(ask(paid, chat(), `${url}?b`))).status).toBe(402)
    expect((await shop.handle(ask(paid))).status).toBe(200)
  })
  test.each(['amount', 'asset', 'payTo', 'network'])('%s that was never asked is refused', async (name) => {
    const shop = openShop()
    const other: Record<string, string> = {
      amount: '1',
      asset: payer.address,
      payTo: payer.address,
      network: 'eip155:1',
    }
    const change = (json: Record<string, unknown>) => {
      json['accepted'] = { ...(json['accepted'] as object), [name]: other[name] }
    }
    expect((await shop.handle(ask(await paymentFor(shop, 2, { change })))).status).toBe(402)
    expect([shop.earned(), shop.calls.streams]).toEqual([0n, 0])
  })
  test('two payments in one request are none', async () => {
    const shop = openShop()
    const both = { ...(await paymentFor(shop, 1)), ...(await paymentFor(shop, 2)) }
    expect((await shop.handle(ask(both))).status).toBe(400)
    expect(shop.earned()).toBe(0n)
  })
  test('a version in the field of the other is malformed', async () => {
    const shop = openShop()
    const [field] = Object.values(await paymentFor(shop, 1))
    expect((await shop.handle(ask({ [paymentField[2]]: field as string }))).status).toBe(400)
  })
  test('only what is offered is asked for and taken', async () => {
    const shop = openShop({ merchant: { versions: [2] } })
    const response = await shop.handle(ask())
    expect(await response.text()).toBe('{}')
    expect(Required.decode(response.headers.get('payment-required') ?? '').version).toBe(2)
    const v1 = await paymentFor(openShop(), 1)
    expect((await shop.handle(ask(v1))).status).toBe(402)
  })
})

describe('payment identifiers', () => {
  const id = 'pay_0123456789abcdef'

  test('the same payment gets the same answer, with its receipt, and is charged once', async () => {
    const shop = openShop()
    const paid = await paymentFor(shop, 2, { id })
    const [first, ...more] = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const response = await shop.handle(ask(paid))
        return { status: response.status, receipt: receiptOf(response, 2), text: await response.text() }
      }),
    )
    expect(first?.status).toBe(200)
    for (const answer of more) expect(answer).toEqual(first)
    expect([shop.earned(), shop.calls.streams]).toEqual([price, 1])
  })
  test('another payment, or another request, under the same id: 409', async () => {
    const shop = openShop()
    const paid = await paymentFor(shop, 2, { id })
    await (await shop.handle(ask(paid))).text()
    expect((await shop.handle(ask(await paymentFor(shop, 2, { id })))).status).toBe(409)
    expect((await shop.handle(ask(paid, chat({ seed: 1 })))).status).toBe(409)
    expect([shop.earned(), shop.calls.streams]).toEqual([price, 1])
  })
  test('what was refused may be mended under its id', async () => {
    const shop = openShop()
    const bad = await paymentFor(shop, 2, { id, overrides: { value: 1n } })
    expect((await shop.handle(ask(bad))).status).toBe(402)
    expect((await shop.handle(ask(await paymentFor(shop, 2, { id })))).status).toBe(200)
  })
  test('an id that can be none is malformed', async () => {
    const shop = openShop()
    const change = (json: Record<string, unknown>) => {
      json['extensions'] = { 'payment-identifier': { info: { id: 'short' } } }
    }
    expect((await shop.handle(ask(await paymentFor(shop, 2, { change })))).status).toBe(400)
  })
})

test('a facilitator behind a URL', async () => {
  const shop = openShop()
  const served = facilitatorHandler(shop.facilitator)
  const fields = new Map<string, string | null>()
  const remote = facilitatorAt('http://facilitator.test/', {
    fetch(input, init) {
      const request = new Request(input, init)
      fields.set(new URL(request.url).pathname, request.headers.get('idempotency-key'))
      return served(request)
    },
  })
  const front = openShop({ around: () => remote })
  const response = await front.handle(ask(await paymentFor(front, 2)))
  expect(response.status).toBe(200)
  // It settles on its own chain.
  expect([shop.earned(), front.earned()]).toEqual([price, 0n])
  expect(fields.get('/settle')).toMatch(/^[0-9a-f-]{36}$/)
  expect(fields.get('/verify')).toBe(null)
  const broken = facilitatorAt('http://facilitator.test', { fetch: async () => new Response('<html>') })
  await expect(broken.supported()).rejects.toThrow('the facilitator answered what no facilitator may')
})
