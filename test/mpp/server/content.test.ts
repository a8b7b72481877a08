/** Content that is not delivered is not paid for, and an error has no receipt. */
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import { bytesOf } from '../../../src/http/whole.ts'
import { contentOf } from '../../../src/mpp/server/content.ts'
import type { Handler, Payments } from '../../../src/mpp/server/payments.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import { authorize, challengeOf, signTransfers } from '../../support/charge.ts'
import { reserveOn } from '../../support/contracts.ts'
import { newChain, payee, payer, paymentsOn } from '../../support/kit.ts'
import { rawPayer, receiptOf } from '../../support/raw-payer.ts'

const url = 'http://test/'

const breaking = () => new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) })

/** Something to wait for until it is said. */
function gateway() {
  let resolve: () => void = () => undefined
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/** What an author can answer where there is no content. */
const failures: [string, () => Response][] = [
  ['404', () => new Response('no such poem', { status: 404 })],
  ['422', () => new Response('?', { status: 422, headers: { 'payment-receipt': 'mine' } })],
  ['500', () => new Response('sorry', { status: 500 })],
  ['503 without a body', () => new Response(null, { status: 503, headers: { 'cache-control': 'no-store' } })],
  ['a body that breaks at once', () => new Response(breaking())],
  [
    'an exception',
    () => {
      throw new Error('the model is down')
    },
  ],
]

/** The status of an answer; what the handler throws, a listener answers 500. */
const statusOf = (answer: Promise<Response>): Promise<{ status: number; receipt: unknown; text: string }> =>
  answer.then(
    async (response) => ({
      status: response.status,
      receipt: response.headers.get('payment-receipt') ?? undefined,
      text: await response.text(),
    }),
    () => ({ status: 500, receipt: undefined, text: '' }),
  )

describe.each(failures)('a whole answer that fails: %s', (_, failure) => {
  test('is not charged, and the next request is served for the same voucher', async () => {
    const chain = newChain()
    const store = memoryStore()
    let failing = true
    const pay = paymentsOn(chain, { store })
    const handle = pay.fixed({ amount: '0.001' }, () => (failing ? failure() : new Response('a poem')))
    const { open, send } = rawPayer(chain, handle)
    const channel = await open(url)
    const voucher = await channel.voucher(1_000n)
    for (const headers of [{}, { 'idempotency-key': 'k' }]) {
      const { status, receipt } = await statusOf(send(url, voucher, { headers }))
      expect(status).toBeGreaterThanOrEqual(400)
      expect(receipt).toBeUndefined()
      expect((await store.get(channel.channelId))?.ledger).toMatchObject({ spent: 0n, units: 0 })
    }
    failing = false
    const answer = await send(url, voucher)
    expect(await answer.text()).toBe('a poem')
    expect(receiptOf(answer)).toMatchObject({ spent: 1_000n, units: 1 })
    expect((await send(url, voucher)).status).toBe(402)
  })

  test('leaves a one-off payment good for the same request', async () => {
    const chain = newChain()
    let failing = true
    const handle = paymentsOn(chain).charge({ amount: '0.010' }, () =>
      failing ? failure() : new Response('a poem'),
    )
    const challenge = challengeOf(await handle(new Request(url)))
    const headers = authorize(challenge, {
      type: 'transaction',
      signature: await signTransfers(chain, challenge),
    })
    const { status, receipt } = await statusOf(handle(new Request(url, { headers })))
    expect(status).toBeGreaterThanOrEqual(400)
    expect(receipt).toBeUndefined()
    failing = false
    const answer = await handle(new Request(url, { headers }))
    expect(await answer.text()).toBe('a poem')
    expect(answer.headers.has('payment-receipt')).toBe(true)
    expect((await handle(new Request(url, { headers }))).status).toBe(402)
  })
})

test('a redirect is an answer: it is charged and has a receipt', async () => {
  const chain = newChain()
  const handle = paymentsOn(chain).fixed(
    { amount: '0.001' },
    () => new Response(null, { status: 302, headers: { location: 'https://files/secret' } }),
  )
  const { open, send } = rawPayer(chain, handle)
  const channel = await open(url)
  const answer = await send(url, await channel.voucher(1_000n))
  expect(answer.status).toBe(302)
  expect(receiptOf(answer)).toMatchObject({ spent: 1_000n })
})

test('answers that are made at once share no money, also when the first of them fails', async () => {
  const chain = newChain()
  const store = memoryStore()
  let running = 0
  let most = 0
  let made = 0
  const gate = gateway()
  const handle = paymentsOn(chain, { store }).fixed({ amount: '0.001' }, async () => {
    most = Math.max(most, ++running)
    await gate.promise
    running--
    return ++made === 1 ? new Response('no', { status: 500 }) : new Response('yes')
  })
  const { open, send, challenge } = rawPayer(chain, handle)
  const channel = await open(url)
  const voucher = await channel.voucher(3_000n)
  const echo = await challenge(url)
  const asked = Array.from({ length: 20 }, () => send(url, voucher, { challenge: echo }))
  await expect.poll(() => running).toBe(3)
  gate.resolve()
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(most).toBe(3)
  expect(statuses.filter((status) => status === 200)).toHaveLength(2)
  expect(statuses.filter((status) => status === 500)).toHaveLength(1)
  expect((await store.get(channel.channelId))?.ledger).toMatchObject({ spent: 2_000n })
  expect((await send(url, voucher, { challenge: echo })).status).toBe(200)
})

test('a channel that is closed while an answer is made pays for what was delivered, and the answer is kept back', async () => {
  const chain = newChain()
  const store = memoryStore()
  const begun = gateway()
  const gate = gateway()
  const handle = paymentsOn(chain, { store }).fixed({ amount: '0.001' }, async () => {
    begun.resolve()
    await gate.promise
    return new Response('too late')
  })
  const { open, send } = rawPayer(chain, handle)
  const channel = await open(url)
  const late = send(url, await channel.voucher(1_000n))
  await begun.promise
  const voucher = await channel.voucher(1_000n)
  expect((await send(url, { ...voucher, action: 'close' })).status).toBe(200)
  gate.resolve()
  const answer = await late
  expect(answer.status).toBe(410)
  expect(await answer.text()).not.toContain('too late')
  const [closed] = await reserveOn(new ChainClient(chain)).closings(channel.channelId)
  expect(closed?.settledToPayee).toBe(0n)
})

describe('who may not have it', () => {
  const nobody = { allows: () => false }
  const sells: [string, (pay: Payments) => Handler][] = [
    ['a charge', (pay) => pay.charge({ amount: '0.010', ...nobody }, () => new Response('secret'))],
    [
      'a pushed charge',
      (pay) =>
        pay.charge({ amount: '0.010', modes: ['pull', 'push'], ...nobody }, () => new Response('secret')),
    ],
  ]
  test.each(sells)('%s: is refused before its money is taken', async (_, serve) => {
    const chain = newChain()
    const handle = serve(paymentsOn(chain))
    const client = new ChainClient(chain)
    const challenge = challengeOf(await handle(new Request(url)))
    const { currency } = JSON.parse(atob(challenge.request.replaceAll('-', '+').replaceAll('_', '/'))) as {
      currency: `0x${string}`
    }
    const before = await client.balance(currency, payer.address)
    const signature = await signTransfers(chain, challenge)
    const headers = authorize(challenge, { type: 'transaction', signature })
    const answer = await handle(new Request(url, { headers }))
    expect(answer.status).toBe(403)
    expect(answer.headers.has('payment-receipt')).toBe(false)
    expect(await client.balance(currency, payer.address)).toBe(before)
  })

  test('a tool: is refused before its money is taken', async () => {
    const chain = newChain()
    const price = { amount: '0.010', ...nobody }
    const handle = paymentsOn(chain).mcp({
      name: 'poems',
      version: '1',
      tools: { line: { description: 'a line', price, call: () => 'secret' } },
    })
    const call = (meta?: object) =>
      handle(
        new Request(url, {
          method: 'POST',
          body: JSON.stringify({
            jsonrpc: '2.0',
            id: 1,
            method: 'tools/call',
            params: { name: 'line', arguments: {}, ...(meta === undefined ? {} : { _meta: meta }) },
          }),
        }),
      ).then((response) => response.json())
    const { error } = (await call()) as { error: { data: { challenges: Record<string, unknown>[] } } }
    const [challenge] = error.data.challenges as [Record<string, unknown>]
    const request = btoa(JSON.stringify(challenge['request'])).replace(/=+$/, '')
    const client = new ChainClient(chain)
    const { currency } = challenge['request'] as { currency: `0x${string}` }
    const before = await client.balance(currency, payer.address)
    const signature = await signTransfers(chain, { ...challenge, request } as never)
    const answer = (await call({
      'org.paymentauth/credential': { challenge, payload: { type: 'transaction', signature } },
    })) as { error?: { code: number } }
    expect(answer.error?.code).toBe(-32_003)
    expect(await client.balance(currency, payer.address)).toBe(before)
  })

  test('a session: is refused before its deposit is locked', async () => {
    const chain = newChain()
    const handle = paymentsOn(chain).fixed({ amount: '0.001', ...nobody }, () => new Response('secret'))
    const { prepare, send, client } = rawPayer(chain, handle)
    const { open, channelId } = await prepare(url, { initial: 1_000n })
    expect((await send(url, open)).status).toBe(403)
    expect((await reserveOn(client).slot(channelId)).deposit).toBe(0n)
    expect(payee.address).not.toBe(payer.address)
  })
})

describe('how much of an answer is there when it is paid for', () => {
  const none = { missing: async () => undefined, broken: () => undefined }
  /** A body of parts, the last of which comes when it is let through. */
  const inParts = (parts: readonly string[], last: Promise<string>) => {
    const left = [...parts]
    return new ReadableStream<Uint8Array>({
      async pull(controller) {
        const text = left.shift() ?? (await last)
        controller.enqueue(new TextEncoder().encode(text))
        if (text === 'end') controller.close()
      },
    })
  }

  test.each<[string, () => BodyInit, string]>([
    ['text', () => 'a poem', 'a poem'],
    ['bytes', () => new TextEncoder().encode('a poem'), 'a poem'],
    ['nothing at all', () => '', ''],
    ['a stream that is over', () => new Response('a poem').body as ReadableStream, 'a poem'],
  ])('%s is known as a whole', async (_, body, text) => {
    const { found, answer } = await contentOf(() => new Response(body(), { status: 201 }), none)
    expect(found).toBe(true)
    expect(new TextDecoder().decode(bytesOf(answer))).toBe(text)
    expect([answer.status, await answer.text()]).toEqual([201, text])
  })

  test('a body whose end is not there yet is sent part by part, and waited for by nobody', async () => {
    let letThrough: (text: string) => void = () => undefined
    const last = new Promise<string>((resolve) => {
      letThrough = resolve
    })
    const { answer } = await contentOf(() => new Response(inParts(['a ', 'poem '], last)), none)
    expect(bytesOf(answer)).toBeUndefined()
    letThrough('end')
    expect(await answer.text()).toBe('a poem end')
  })

  test('a body that breaks after its first part is content, and breaks where it is read', async () => {
    let parts = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          if (parts++ > 0) throw new Error('broken')
          controller.enqueue(new TextEncoder().encode('a '))
        },
      },
      { highWaterMark: 0 },
    )
    const { found, answer } = await contentOf(() => new Response(body), none)
    expect(found).toBe(true)
    await expect(answer.text()).rejects.toThrow()
  })
})
