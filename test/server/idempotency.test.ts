/** `Idempotency-Key`: the first answer again, one charge (reading F7). */
import { expect, test } from 'vitest'
import * as Receipt from '../../src/mpp/receipt.ts'
import { Answers, type Keyed, maxKeptBytes } from '../../src/server/idempotency.ts'
import type { Payments } from '../../src/server/payments.ts'
import { startKit } from '../support/kit.ts'

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
  key,
  challengeId: 'c',
  channelId: '0x',
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
