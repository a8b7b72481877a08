/** `Idempotency-Key`: the first answer again, one charge (reading F7). */
import { expect, test, vi } from 'vitest'
import type { MemoryChain } from '../../../src/chain/memory/chain.ts'
import { Answers, type Keyed, maxKeptBytes } from '../../../src/http/answers.ts'
import type { Handler, Payments } from '../../../src/mpp/server/payments.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../../src/mpp/server/store/store.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import { newChain, paymentsOn, startKit } from '../../support/kit.ts'
import { type Ask, rawPayer, receiptOf } from '../../support/raw-payer.ts'

const counting = (pay: Payments) => {
  let calls = 0
  return pay.fixed({ amount: '0.001', suggestedDeposit: '0.010' }, () => new Response(`answer ${++calls}`))
}
/** Remembers the paid request the client sent, so that it can be sent again. */
function recorder() {
  const sent: Request[] = []
  const recording: typeof fetch = (input, init) => {
    const request = new Request(input, init)
    if (request.headers.has('authorization')) sent.push(request.clone())
    return fetch(request)
  }
  return { sent, recording }
}

test('a repeated request gets the first answer and is charged once, in a row and at once', async () => {
  await using kit = await startKit(counting)
  const { sent, recording } = recorder()
  const pay = kit.session({ fetch: recording })
  const first = await pay.fetch(kit.url, { headers: { 'idempotency-key': 'k1' } })
  expect(await first.text()).toBe('answer 1')
  const [request] = sent as [Request]
  const again = await Promise.all(Array.from({ length: 5 }, () => fetch(request.clone())))
  for (const response of again) {
    expect(await response.text()).toBe('answer 1')
    expect(response.headers.get('payment-receipt')).toBe(first.headers.get('payment-receipt'))
  }
  expect(await pay.close()).toMatchObject({ spent: 1000n })
})

test('another key is another request', async () => {
  await using kit = await startKit(counting)
  const pay = kit.session()
  for (const key of ['k1', 'k2'])
    await (await pay.fetch(kit.url, { headers: { 'idempotency-key': key } })).text()
  expect(await pay.close()).toMatchObject({ spent: 2000n })
})

test('the same key for another body is refused and not charged', async () => {
  await using kit = await startKit(counting)
  const { sent, recording } = recorder()
  const pay = kit.session({ fetch: recording })
  await (await pay.fetch(`${kit.url}?a`, { headers: { 'idempotency-key': 'k' } })).text()
  const [request] = sent as [Request]
  const other = await fetch(`${kit.url}?b`, { headers: request.headers })
  expect(other.status).toBe(400)
  expect(await pay.close()).toMatchObject({ spent: 1000n })
})

const url = 'http://test/article'
const under = (key: string) => ({ 'idempotency-key': key })

/** Ten articles at one price, on a store that outlives the process. */
function articles(store: ChannelStore, chain: MemoryChain) {
  let written = 0
  const pay = paymentsOn(chain, { store })
  const each = Array.from({ length: 10 }, (_, i) =>
    pay.fixed({ amount: '0.001' }, () => new Response(`article ${i}, copy ${++written}`)),
  )
  const other = pay.fixed({ amount: '0.001' }, async (request) => new Response(await request.text()))
  const handle: Handler = (request) => {
    const at = each[Number(new URL(request.url).pathname.replace('/article', ''))]
    return (request.method === 'POST' ? other : (at ?? other))(request)
  }
  return handle
}

/** Ways to ask for something else under the key of `GET /article0`. */
const others: [string, string, Ask][] = [
  ['another resource', `${url}1`, {}],
  ['another query', `${url}0?page=2`, {}],
  ['another method', `${url}0`, { method: 'POST', body: 'x' }],
  ['another host', 'http://elsewhere/article0', {}],
]

test.each(others)('one key buys one thing: %s is refused, before a restart and after', async (_, at, ask) => {
  const chain = newChain()
  const store = memoryStore()
  const before = articles(store, chain)
  const first = rawPayer(chain, before)
  const channel = await first.open(`${url}0`)
  const voucher = await channel.voucher(100_000n)
  const challenge = await first.challenge(`${url}0`)
  const bought = { challenge, headers: under('k') }
  expect(await (await first.send(`${url}0`, voucher, bought)).text()).toBe('article 0, copy 1')
  const tries = [first, rawPayer(chain, articles(store, chain))]
  for (const again of tries) {
    const answer = await again.send(at, voucher, { ...bought, ...ask, challenge })
    expect(answer.status).toBe(400)
    expect(receiptOf(answer)).toBeUndefined()
  }
  expect((await store.get(channel.channelId))?.ledger).toMatchObject({ spent: 1_000n, units: 1 })
})

test('one key and one challenge for ten articles: each of the others is refused, on one server and after a restart', async () => {
  const chain = newChain()
  const store = memoryStore()
  const client = rawPayer(chain, articles(store, chain))
  const channel = await client.open(`${url}0`)
  const voucher = await channel.voucher(100_000n)
  const challenge = await client.challenge(`${url}0`)
  const ask = { challenge, headers: under('k') }
  let served = 0
  for (const each of [client, rawPayer(chain, articles(store, chain))])
    for (let i = 0; i < 10; i++) if ((await each.send(`${url}${i}`, voucher, ask)).ok) served++
  // The first one, and it again after the restart.
  expect(served).toBe(2)
  expect((await store.get(channel.channelId))?.ledger.spent).toBe(1_000n)
})

test('what was charged is given again after a restart, a few times and no more', async () => {
  const chain = newChain()
  const store = memoryStore()
  const client = rawPayer(chain, articles(store, chain))
  const channel = await client.open(`${url}0`)
  const voucher = await channel.voucher(100_000n)
  const ask = { challenge: await client.challenge(`${url}0`), headers: under('k') }
  const statuses: number[] = []
  for (let restarts = 0; restarts < 6; restarts++) {
    const { status } = await rawPayer(chain, articles(store, chain)).send(`${url}0`, voucher, ask)
    statuses.push(status)
  }
  expect(statuses).toEqual([200, 200, 200, 200, 400, 400])
  expect((await store.get(channel.channelId))?.ledger.spent).toBe(1_000n)
})

test('requests that only manage a channel are not remembered, whatever key they have', async () => {
  const chain = newChain()
  const answers = new Answers()
  const remember = vi.spyOn(Answers.prototype, 'remember')
  const client = rawPayer(chain, articles(memoryStore(), chain))
  const channel = await client.open(`${url}0`)
  for (let i = 0; i < 5; i++)
    await client.send(`${url}0`, channel.open, { method: 'HEAD', headers: under(`k${i}`) })
  expect(remember).not.toHaveBeenCalled()
  remember.mockRestore()
  expect(answers.size).toEqual({ entries: 0, bytes: 0 })
})

test('what is remembered is bounded, also of answers without a body', async () => {
  const answers = new Answers()
  for (let i = 0; i < 30_000; i++)
    await (await answers.remember(keyed(`k${i}`), async () => new Response(null))).text()
  const { entries, bytes } = answers.size
  expect(entries).toBeLessThanOrEqual(10_000)
  expect(bytes).toBeLessThanOrEqual(16_777_216)
})

test('an answer that breaks is not kept, and nobody waits for it', async () => {
  const answers = new Answers()
  const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) })
  const response = await answers.remember(keyed('k'), async () => new Response(broken))
  await expect(response.text()).rejects.toThrow('broken')
  expect(await answers.find(keyed('k'))?.answer()).toBe('not-kept')
})

test('a key that is too long is refused with 400', async () => {
  await using kit = await startKit(counting)
  const { sent, recording } = recorder()
  const pay = kit.session({ fetch: recording })
  await (await pay.fetch(kit.url)).text()
  const headers = new Headers(sent[0]?.headers)
  headers.set('idempotency-key', 'k'.repeat(256))
  expect((await fetch(kit.url, { headers })).status).toBe(400)
  await pay.close()
})

const keyed = (key: string): Keyed => ({
  name: `0x c ${key}`,
  fingerprint: 'f',
  payment: 'p',
})

test('a refusal is not remembered', async () => {
  const answers = new Answers()
  await answers.remember(keyed('k'), async () => new Response('no', { status: 402 }))
  expect(answers.find(keyed('k'))).toBeUndefined()
})

test('an answer that fails is not remembered', async () => {
  const answers = new Answers()
  const failed = answers.remember(keyed('k'), () => Promise.reject(new Error('no')))
  await expect(failed).rejects.toThrow('no')
  expect(answers.find(keyed('k'))).toBeUndefined()
})

test('an answer that is too long is passed on whole and not kept', async () => {
  const answers = new Answers()
  const long = 'x'.repeat(maxKeptBytes + 1)
  const response = await answers.remember(keyed('k'), async () => new Response(long))
  expect((await response.text()).length).toBe(long.length)
  expect(await answers.find(keyed('k'))?.answer()).toBe('not-kept')
})

test('what a client read before it left is what a repeat gets', async () => {
  const answers = new Answers()
  let sent = 0
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode(`${sent++} `)),
  })
  const response = await answers.remember(keyed('k'), async () => new Response(endless))
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const { value } = await reader.read()
  await reader.cancel()
  const repeated = (await answers.find(keyed('k'))?.answer()) as Response
  expect(await repeated.text()).toBe(new TextDecoder().decode(value))
})

test('a receipt in a repeated answer is the first one', async () => {
  await using kit = await startKit(counting)
  const { sent, recording } = recorder()
  const pay = kit.session({ fetch: recording })
  await (await pay.fetch(kit.url, { headers: { 'idempotency-key': 'k' } })).text()
  await (await pay.fetch(kit.url)).text()
  const repeated = await fetch((sent[0] as Request).clone())
  expect(Receipt.decode(repeated.headers.get('payment-receipt') ?? '')).toMatchObject({ spent: 1000n })
  await repeated.text()
  await pay.close()
})
