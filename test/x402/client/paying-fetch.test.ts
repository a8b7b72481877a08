/** fetch that pays: one signature a call, within the policy, to the origin that asked. */
import { describe, expect, test } from 'vitest'
import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { listen } from '../../../src/http/listen.ts'
import {
  type PayingFetchOptions,
  type PaymentEvent,
  payingFetch,
} from '../../../src/x402/client/paying-fetch.ts'
import { PolicyError } from '../../../src/x402/client/policy.ts'
import { ReceiptError } from '../../../src/x402/client/receipt.ts'
import { chatPath } from '../../../src/x402/server/example/server.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'
import { paymentField, settlementField, versions } from '../../../src/x402/wire/fields.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import * as Settlement from '../../../src/x402/wire/settlement.ts'
import { chainId, payee, payer, required, requirements, resource } from '../../support/x402/samples.ts'
import { ask, chat, openShop, price, url } from '../../support/x402/shop.ts'

const assets = [{ chainId, address: usdc.address }]

/** A paying fetch, what it sent, and what it signed. */
function wallet(
  answer: (request: Request) => Response | Promise<Response>,
  options: Partial<PayingFetchOptions> = {},
) {
  const sent: Request[] = []
  const events: PaymentEvent[] = []
  const own = payingFetch({
    account: payer,
    maxAmount: '0.02',
    assets,
    retryDelayMs: 0,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      sent.push(request.clone())
      return answer(request)
    },
    onPayment: (event) => events.push(event),
    ...options,
  })
  const nonces = () =>
    sent.flatMap(({ headers }) => {
      const field = versions
        .map((version) => headers.get(paymentField[version]))
        .find((text) => text !== null)
      return field === undefined || field === null
        ? []
        : [Exact.fromJson(Payment.decode(field).payload).authorization]
    })
  return {
    fetch: own,
    sent,
    events,
    /** Authorizations that were sent. */
    paid: nonces,
    signatures: () => events.filter(({ type }) => type === 'signed').length,
  }
}

const body = JSON.stringify(chat())
const init = { method: 'POST', headers: { 'content-type': 'application/json', 'x-own': 'kept' }, body }
const isPaid = ({ headers }: Request) => versions.some((version) => headers.has(paymentField[version]))
const asks = (changes: Parameters<typeof requirements>[1] = {}) =>
  new Response('{}', {
    status: 402,
    headers: { 'payment-required': Required.encode(Required.from(2, resource, [requirements(2, changes)])) },
  })
const receipt = (changes: object = {}) => ({
  [settlementField[2]]: Settlement.encode({
    success: true,
    transaction: `0x${'ab'.repeat(32)}`,
    network: 'eip155:84532',
    payer: payer.address,
    ...changes,
  }),
})
const served = () => new Response('content', { headers: receipt() })

describe.each(versions)('v%i', (version) => {
  test('pays what a server asks, once, and tells of it', async () => {
    const shop = openShop({ merchant: { versions: [version] } })
    const { fetch, events, paid } = wallet(shop.handle)
    const response = await fetch(url, init)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('[DONE]')
    expect(shop.earned()).toBe(price)
    expect(events).toMatchObject([
      { type: 'signed', amount: price, payTo: payee.address, url },
      { type: 'settled', settlement: { success: true, payer: payer.address } },
    ])
    const [authorization] = paid()
    const now = BigInt(Math.floor(Date.now() / 1000))
    expect(authorization?.validBefore).toBeLessThanOrEqual(now + 61n)
  })

  test.each<[string, () => Parameters<typeof globalThis.fetch>]>([
    ['a text and init', () => [url, init]],
    ['a URL and Headers', () => [new URL(url), { ...init, headers: new Headers(init.headers) }]],
    ['pairs of headers', () => [url, { ...init, headers: Object.entries(init.headers) }]],
    ['a Request', () => [new Request(url, init)]],
    ['a Request with another body', () => [new Request(url, { ...init, body: '{}' }), { body }]],
    ['a stream', () => [url, { ...init, body: new Blob([body]).stream() }]],
    ['bytes', () => [url, { ...init, body: new TextEncoder().encode(body) }]],
  ])('called with %s', async (_, args) => {
    const shop = openShop({ merchant: { versions: [version] } })
    const { fetch, sent } = wallet(shop.handle)
    expect((await fetch(...args())).status).toBe(200)
    expect(sent).toHaveLength(2)
    for (const request of sent) {
      expect(request.method).toBe('POST')
      expect(request.headers.get('x-own')).toBe('kept')
      expect(request.headers.get('content-type')).toBe('application/json')
      expect(await request.text()).toBe(body)
    }
  })
})

describe('one signature a call', () => {
  /** Fails paid calls so often, one way or another. */
  const failing = (times: number, how: () => Response) => {
    let left = times
    return (request: Request) => {
      if (!isPaid(request)) return asks()
      return left-- > 0 ? how() : served()
    }
  }
  const reset = (): Response => {
    throw new TypeError('fetch failed')
  }

  test.each<[string, () => Response]>([
    ['resets', reset],
    ['500', () => new Response(null, { status: 500 })],
    ['503', () => new Response(null, { status: 503, headers: { 'retry-after': '0' } })],
  ])('through %s', async (_, how) => {
    const { fetch, signatures, paid } = wallet(failing(2, how))
    expect(await (await fetch(url, init)).text()).toBe('content')
    expect([signatures(), new Set(paid().map(({ nonce }) => nonce)).size, paid().length]).toEqual([1, 1, 3])
  })
  test('when it fails for good, and when an SDK calls again', async () => {
    const { fetch, signatures, paid } = wallet(failing(5, reset))
    await expect(fetch(url, init)).rejects.toThrow('fetch failed')
    const again = { ...init, headers: { ...init.headers, 'x-stainless-retry-count': '1' } }
    expect((await fetch(url, again)).status).toBe(200)
    expect([signatures(), new Set(paid().map(({ nonce }) => nonce)).size]).toEqual([1, 1])
    // Another call is paid anew, and so is the same one once it was answered.
    await fetch(url, { ...init, body: '{}' })
    await fetch(url, init)
    expect(signatures()).toBe(3)
  })
  test('an answer of 5xx is the caller’s in the end', async () => {
    const { fetch, signatures } = wallet(failing(9, () => new Response('why', { status: 502 })))
    for (let i = 0; i < 2; i++) expect(await (await fetch(url, init)).text()).toBe('why')
    expect(signatures()).toBe(1)
  })
  test('a server that always asks', async () => {
    const { fetch, signatures, sent } = wallet(() => asks())
    const response = await fetch(url, init)
    expect([response.status, signatures(), sent.length]).toEqual([402, 1, 2])
  })
  test('429 is not the end of a payment', async () => {
    const { fetch, signatures } = wallet(failing(1, () => new Response(null, { status: 429 })))
    expect((await fetch(url, init)).status).toBe(429)
    expect((await fetch(url, init)).status).toBe(200)
    expect(signatures()).toBe(1)
  })
  test('calls at once are several calls, though they are equal', async () => {
    const shop = openShop()
    const { fetch, signatures } = wallet(shop.handle)
    await Promise.all([1, 2, 3].map(async () => (await fetch(url, init)).text()))
    expect([signatures(), shop.earned()]).toEqual([3, 3n * price])
  })
  test('a payment that was lost is not used when it has expired', async () => {
    let now = Date.now()
    const { fetch, signatures } = wallet(failing(3, reset), { clock: () => now })
    await expect(fetch(url, init)).rejects.toThrow()
    now += 60_000
    expect((await fetch(url, init)).status).toBe(200)
    expect(signatures()).toBe(2)
  })
  test('a caller who aborts is heard, also between two tries', async () => {
    const controller = new AbortController()
    const { fetch, signatures } = wallet(
      failing(9, () => {
        controller.abort(new Error('enough'))
        return new Response(null, { status: 500 })
      }),
      { retryDelayMs: 60_000 },
    )
    await expect(fetch(url, { ...init, signal: controller.signal })).rejects.toThrow('enough')
    expect(signatures()).toBe(1)
  })
  test('an answer that does not begin is given up', async () => {
    const { fetch, signatures } = wallet(
      (request) => (isPaid(request) ? new Promise(() => undefined) : asks()),
      {
        answerTimeoutMs: 5,
        retries: 1,
      },
    )
    await expect(fetch(url, init)).rejects.toThrow('no answer within')
    expect(signatures()).toBe(1)
  })
})

describe('the policy', () => {
  const declines = async (
    changes: Parameters<typeof requirements>[1],
    options: Partial<PayingFetchOptions> = {},
  ) => {
    const { fetch, signatures } = wallet((request) => (isPaid(request) ? served() : asks(changes)), options)
    const error = await fetch(url, init).catch((error: unknown) => error)
    expect(signatures()).toBe(error instanceof PolicyError ? 0 : 1)
    return error instanceof PolicyError ? error.code : undefined
  }

  const cases: [Parameters<typeof requirements>[1], Partial<PayingFetchOptions>, string | undefined][] = [
    [{}, {}, undefined],
    [{ amount: 20_000n }, {}, undefined],
    [{ amount: 20_001n }, {}, 'over-price'],
    [{ amount: 2n ** 256n - 1n }, {}, 'over-price'],
    [{ asset: payee.address }, {}, 'unknown-asset'],
    [{ network: 'eip155:8453' }, {}, 'unknown-network'],
    [{ network: 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp' }, {}, 'unknown-network'],
    [{ scheme: 'upto' }, {}, 'unknown-scheme'],
    [{}, { payees: [payer.address] }, 'unexpected-payee'],
    [{}, { payees: [payee.address] }, undefined],
    [{}, { budget: '0.009' }, 'over-budget'],
    [{}, { budget: '0.01' }, undefined],
    [{ extra: {} }, {}, 'malformed-requirements'],
    [{ payTo: 'merchant' }, {}, 'malformed-requirements'],
  ]
  test('declines before anything is signed', async () => {
    for (const [changes, options, code] of cases) expect(await declines(changes, options)).toBe(code)
  })
  test('a budget is for all calls together, also at once', async () => {
    const { fetch, signatures } = wallet((request) => (isPaid(request) ? served() : asks()), {
      budget: '0.025',
    })
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => fetch(`${url}?${n}`, init)))
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
    expect(signatures()).toBe(2)
  })
  test('a signature is not good for longer than the payer says', async () => {
    const { fetch, paid } = wallet((request) =>
      isPaid(request) ? served() : asks({ maxTimeoutSeconds: 315_360_000 }),
    )
    await fetch(url, init)
    const [authorization] = paid()
    expect(Number(authorization?.validBefore) - Date.now() / 1000).toBeLessThanOrEqual(601)
  })
  test('the first way to pay that is agreed to is taken', async () => {
    const accepts = [
      requirements(2, { amount: 20_001n }),
      requirements(2, { scheme: 'upto' }),
      requirements(2),
    ]
    const field = Required.encode(Required.from(2, resource, accepts))
    const { fetch, paid } = wallet((request) =>
      isPaid(request)
        ? served()
        : new Response('{}', { status: 402, headers: { 'payment-required': field } }),
    )
    expect((await fetch(url, init)).status).toBe(200)
    expect(paid()[0]?.value).toBe(10_000n)
  })
})

describe('origins', () => {
  test('a payment is not carried to another origin, and is within one', async () => {
    for (const [to, carried] of [
      ['http://other.test/', false],
      ['https://shop.test/', false],
      ['http://shop.test:81/', false],
      ['/elsewhere', true],
    ] as const) {
      const { fetch, sent, signatures } = wallet((request) => {
        if (!isPaid(request)) return asks()
        if (request.url !== url) return served()
        return new Response(null, { status: 307, headers: { location: to } })
      })
      const error = await fetch(url, init).catch((error: unknown) => error)
      expect(error instanceof PolicyError && error.code).toBe(carried ? false : 'redirected')
      const { origin } = new URL(url)
      expect(sent.filter((request) => isPaid(request) && new URL(request.url).origin !== origin)).toEqual([])
      expect(signatures()).toBe(1)
    }
  })
  test('another origin that a call is redirected to is not paid', async () => {
    let asked = 0
    await using other = await listen(async () => {
      asked++
      return asks()
    })
    await using shop = await listen(
      async () => new Response(null, { status: 307, headers: { location: other.url } }),
    )
    const own = payingFetch({ account: payer, maxAmount: '0.02', assets })
    await expect(own(`${shop.url}/`, init)).rejects.toMatchObject({ code: 'foreign-origin' })
    expect(asked).toBe(1)
  })
  test('over a real connection, with a body and a stream', async () => {
    const shop = openShop()
    await using server = await listen(shop.handle)
    const own = payingFetch({ account: payer, maxAmount: '0.02', assets })
    const response = await own(`${server.url}${chatPath}`, init)
    expect(await response.text()).toContain('[DONE]')
    expect(shop.earned()).toBe(price)
  })
})

describe('receipts', () => {
  test.each<[string, Record<string, string>]>([
    ['missing', {}],
    ['malformed', { 'payment-response': '%%%' }],
    ['not-settled', receipt({ success: false })],
    ['no-transaction', receipt({ transaction: '' })],
    ['other-network', receipt({ network: 'eip155:1' })],
    ['other-payer', receipt({ payer: payee.address })],
  ])('%s', async (code, headers) => {
    const { fetch } = wallet((request) => (isPaid(request) ? new Response('content', { headers }) : asks()))
    const error = await fetch(url, init).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ReceiptError)
    expect(error).toMatchObject({ code })
    // What was paid for is not lost.
    expect(await (error as ReceiptError).response.text()).toBe('content')
  })
  test('a network by its other name, an address in other letters, no payer at all', async () => {
    for (const changes of [
      { network: 'base-sepolia' },
      { payer: payer.address.toUpperCase().replace('X', 'x') },
      { payer: undefined },
    ]) {
      const headers = receipt(changes)
      const { fetch } = wallet((request) => (isPaid(request) ? new Response('content', { headers }) : asks()))
      expect((await fetch(url, init)).status).toBe(200)
    }
  })
  test('need not be there when the caller says so, and is checked when it is', async () => {
    const options = { requireReceipt: false }
    const bare = wallet((request) => (isPaid(request) ? new Response('content') : asks()), options)
    expect((await bare.fetch(url, init)).status).toBe(200)
    const headers = receipt({ success: false })
    const lying = wallet(
      (request) => (isPaid(request) ? new Response('content', { headers }) : asks()),
      options,
    )
    await expect(lying.fetch(url, init)).rejects.toMatchObject({ code: 'not-settled' })
  })
})

describe('what is not to be paid', () => {
  test('passes as it is', async () => {
    for (const status of [200, 404, 500]) {
      const { fetch, sent } = wallet(() => new Response('as it is', { status }))
      expect(await (await fetch(url, init)).text()).toBe('as it is')
      expect(sent).toHaveLength(1)
    }
  })
  test('a 402 of another kind can be read', async () => {
    for (const text of [
      '',
      'pay by card',
      '{"x402Version":3}',
      JSON.stringify({ ...required(1).json, accepts: 7 }),
    ]) {
      const { fetch, signatures } = wallet(() => new Response(text, { status: 402 }))
      expect(await (await fetch(url, init)).text()).toBe(text)
      expect(signatures()).toBe(0)
    }
  })
  test('a caller who brings a payment pays by itself', async () => {
    const { fetch, sent, signatures } = wallet(() => asks())
    await fetch(url, { ...init, headers: { 'payment-signature': 'own' } })
    expect([sent.length, signatures()]).toEqual([1, 0])
  })
  test('a body that is too large to be kept', async () => {
    const { fetch, sent } = wallet(() => asks())
    await expect(fetch(url, { method: 'POST', body: new Uint8Array(16_777_217) })).rejects.toMatchObject({
      code: 'body-too-large',
    })
    expect(sent).toEqual([])
  })
  test('GET has no body', async () => {
    const { fetch, sent } = wallet((request) => (isPaid(request) ? served() : asks()))
    expect((await fetch(url)).status).toBe(200)
    expect(sent.map(({ method, body }) => [method, body])).toEqual([
      ['GET', null],
      ['GET', null],
    ])
  })
})

test('ask() of the shop and the client agree on what is sent', async () => {
  expect(await ask().text()).toBe(body)
})
