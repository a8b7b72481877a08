/** The paid chat: pulled as it is read, stopped when the client leaves, and no second charge for what fails. */
import { describe, expect, test } from 'vitest'
import type { JsonObject } from '../../../src/codec/json.ts'
import { listen } from '../../../src/http/listen.ts'
import { type Model, ModelError } from '../../../src/x402/server/chat/model.ts'
import { upstream } from '../../../src/x402/server/chat/upstream.ts'
import { chatPath } from '../../../src/x402/server/example/server.ts'
import * as EncodedObject from '../../../src/x402/wire/encoded-object.ts'
import { paymentField } from '../../../src/x402/wire/fields.ts'
import { ask, chat, openShop, paymentFor, price, receiptOf } from '../../support/x402/shop.ts'

const chunk = (content: string): JsonObject => ({
  id: 'c',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta: { content }, finish_reason: null }],
})
const scripted = (stream: Model['stream'], complete: Model['complete'] = async () => ({})): Model => ({
  names: [],
  stream,
  complete,
})
const lines = async (response: Response) =>
  (await response.text())
    .split('\n\n')
    .filter((text) => text !== '')
    .map((text) => text.replace(/^data: /, ''))

/** A gate that is opened by hand. */
function gate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { open, opened }
}

test('the first chunk is there before the last is made, over a socket', async () => {
  const { open, opened } = gate()
  const shop = openShop({
    model: scripted(async function* () {
      yield chunk('a')
      await opened
      yield chunk('b')
    }),
  })
  await using server = await listen(shop.handle)
  const url = `${server.url}${chatPath}`
  const paid = await paymentFor(shop, 2, {}, ask({}, chat(), url))
  const response = await fetch(ask(paid, chat(), url))
  expect(receiptOf(response, 2)?.success).toBe(true)
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const first = new TextDecoder().decode((await reader.read()).value)
  expect(first).toContain('"content":"a"')
  open()
  let rest = ''
  for (let part = await reader.read(); !part.done; part = await reader.read())
    rest += new TextDecoder().decode(part.value)
  expect(rest).toMatch(/"content":"b".*data: \[DONE\]\n\n$/s)
})

test('a client that leaves stops the model, and is charged once', async () => {
  const { open, opened } = gate()
  const shop = openShop({
    model: scripted(async function* () {
      try {
        for (let made = 0; ; made++) yield chunk(`${made} `)
      } finally {
        open()
      }
    }),
  })
  await using server = await listen(shop.handle)
  const url = `${server.url}${chatPath}`
  const response = await fetch(ask(await paymentFor(shop, 2, {}, ask({}, chat(), url)), chat(), url))
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  await reader.read()
  await reader.cancel()
  await opened
  expect([shop.earned(), shop.settlements(), shop.calls.streams]).toEqual([price, 1, 1])
})

/** What somebody writes who knows the account and the nonce alone. */
const forgeries = [
  (exact: Exact) => ({ ...exact, signature: `0x${'11'.repeat(65)}` }),
  (exact: Exact) => ({ ...exact, signature: `${exact.signature}00` }),
  (exact: Exact) => ({ ...exact, authorization: { ...exact.authorization, value: '1' } }),
  (exact: Exact) => ({ ...exact, authorization: { ...exact.authorization, validBefore: '9999999999' } }),
]

interface Exact {
  signature: string
  authorization: Record<string, string>
}

/** A payment of v2 whose payload is changed. */
function forged(paid: Record<string, string>, change: (exact: Exact) => object): Record<string, string> {
  const field = paid[paymentField[2]] ?? ''
  const json = EncodedObject.decode(field)
  return {
    [paymentField[2]]: EncodedObject.encode({
      ...json,
      payload: change(json['payload'] as unknown as Exact) as JsonObject,
    }),
  }
}

describe('a model that fails', () => {
  /** Fails so often, then works. */
  const failing = (times: number, after = 0, error: unknown = new Error('secret')) => {
    let left = times
    return scripted(
      async function* () {
        for (let i = 0; i < after; i++) yield chunk(`${i}`)
        if (left-- > 0) throw error
        yield chunk('whole')
      },
      async () => {
        if (left-- > 0) throw error
        return { object: 'chat.completion' }
      },
    )
  }

  test('before the first chunk: the error has the receipt, and the same payment asks again', async () => {
    for (const stream of [true, false]) {
      const shop = openShop({ model: failing(1) })
      const paid = await paymentFor(shop, 2)
      const failed = await shop.handle(ask(paid, chat({ stream })))
      expect(failed.status).toBe(500)
      expect(receiptOf(failed, 2)?.success).toBe(true)
      expect(await failed.text()).not.toContain('secret')
      const again = await shop.handle(ask(paid, chat({ stream })))
      expect(again.status).toBe(200)
      expect(receiptOf(again, 2)).toEqual(receiptOf(failed, 2))
      await again.text()
      expect((await shop.handle(ask(paid, chat({ stream })))).status).toBe(402)
      expect([shop.earned(), shop.settlements()]).toEqual([price, 1])
    }
  })
  test('midway: one error event, no [DONE], no second charge, and another try', async () => {
    const shop = openShop({ model: failing(1, 2, new ModelError('the model broke off')) })
    const paid = await paymentFor(shop, 2)
    const data = await lines(await shop.handle(ask(paid)))
    expect(data).toHaveLength(3)
    expect(JSON.parse(data[2] as string)).toEqual({
      error: { message: 'the model broke off', type: 'server_error', code: null },
    })
    const again = await lines(await shop.handle(ask(paid)))
    expect(again.at(-1)).toBe('[DONE]')
    expect([shop.earned(), shop.settlements()]).toEqual([price, 1])
  })
  test('midway, under a payment identifier: the broken answer is not kept', async () => {
    const shop = openShop({ model: failing(1, 2) })
    const paid = await paymentFor(shop, 2, { id: 'pay_0123456789abcdef' })
    expect(await lines(await shop.handle(ask(paid)))).toHaveLength(3)
    const again = await lines(await shop.handle(ask(paid)))
    expect(again.at(-1)).toBe('[DONE]')
    expect(await lines(await shop.handle(ask(paid)))).toEqual(again)
    expect([shop.earned(), shop.calls.streams]).toEqual([price, 2])
  })
  test('again and again: a payment begins three answers, not more', async () => {
    const shop = openShop({ model: failing(9) })
    const paid = await paymentFor(shop, 2)
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await shop.handle(ask(paid))).status)
    expect(statuses).toEqual([500, 500, 500, 402, 402])
    expect(shop.earned()).toBe(price)
  })
  test('whoever read the payment on chain and cannot sign it gets nothing for it', async () => {
    const shop = openShop({ model: failing(1) })
    const paid = await paymentFor(shop, 2)
    expect((await shop.handle(ask(paid))).status).toBe(500)
    for (const forge of forgeries)
      expect((await shop.handle(ask(forged(paid, forge)))).status, String(forge)).toBe(402)
    expect(shop.calls.streams).toBe(1)
    expect((await shop.handle(ask(paid))).status).toBe(200)
    expect([shop.earned(), shop.settlements()]).toEqual([price, 1])
  })
  test('another request gets nothing for it', async () => {
    const shop = openShop({ model: failing(1) })
    const paid = await paymentFor(shop, 2)
    expect((await shop.handle(ask(paid))).status).toBe(500)
    expect((await shop.handle(ask(paid, chat({ seed: 2 })))).status).toBe(402)
    expect((await shop.handle(ask(paid))).status).toBe(200)
  })
})

test('an answer that was cut off may be asked for again, with the same payment', async () => {
  for (const id of [undefined, 'pay_0123456789abcdef']) {
    const shop = openShop()
    const paid = await paymentFor(shop, 2, id === undefined ? {} : { id })
    const cut = await shop.handle(ask(paid))
    const reader = (cut.body as ReadableStream<Uint8Array>).getReader()
    await reader.read()
    await reader.cancel()
    const again = await lines(await shop.handle(ask(paid)))
    expect(again.at(-1)).toBe('[DONE]')
    expect([shop.earned(), shop.settlements()]).toEqual([price, 1])
  }
})

test('a model that stops because its client is gone has not answered', async () => {
  const controller = new AbortController()
  let patient = false
  const shop = openShop({
    model: scripted(async function* (_, signal) {
      yield chunk('a')
      if (!patient) {
        controller.abort()
        expect(signal.aborted).toBe(true)
        return
      }
      yield chunk('b')
    }),
  })
  const paid = await paymentFor(shop, 2)
  const data = await lines(await shop.handle(new Request(ask(paid), { signal: controller.signal })))
  expect(data).toHaveLength(1)
  patient = true
  expect((await lines(await shop.handle(ask(paid)))).at(-1)).toBe('[DONE]')
  expect([shop.earned(), shop.settlements()]).toEqual([price, 1])
})

test('usage is told when it is asked for, and a limit is kept', async () => {
  const shop = openShop()
  const body = chat({ stream_options: { include_usage: true }, max_tokens: 3 })
  const data = await lines(await shop.handle(ask(await paymentFor(shop, 2, {}, ask({}, body)), body)))
  expect(JSON.parse(data.at(-2) as string)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: 1, completion_tokens: 3, total_tokens: 4 },
  })
  expect(JSON.parse(data.at(-3) as string)).toMatchObject({ choices: [{ finish_reason: 'length' }] })
})

test('models are listed for free; other paths are not there; other methods are not sold', async () => {
  const shop = openShop()
  const models = await shop.handle(new Request('http://shop.test/v1/models'))
  expect(await models.json()).toMatchObject({ data: [{ id: 'words-1' }] })
  expect((await shop.handle(new Request('http://shop.test/nothing'))).status).toBe(404)
  const get = (headers: Record<string, string> = {}) =>
    new Request(`http://shop.test${chatPath}`, { headers })
  const paid = await paymentFor(shop, 2, {}, get())
  const response = await shop.handle(get(paid))
  expect([response.status, response.headers.get('allow'), shop.earned()]).toEqual([405, 'POST', 0n])
})

describe('an upstream', () => {
  const answering = (text: string, status = 200) =>
    upstream({
      url: 'http://model.test/v1/',
      apiKey: 'k',
      fetch: async (input, init) => {
        const request = new Request(input, init)
        expect(request.url).toBe('http://model.test/v1/chat/completions')
        expect(request.headers.get('authorization')).toBe('Bearer k')
        return new Response(text, { status })
      },
    })
  const buy = async (model: Model, stream = true) => {
    const shop = openShop({ model })
    return shop.handle(ask(await paymentFor(shop, 2), chat({ stream })))
  }

  test('its chunks are framed anew, whatever their framing', async () => {
    const framing = 'data:{"a":1}\r\n\r\n: ping\n\nevent: x\ndata: {\ndata: "a":2}\n\ndata: [DONE]\n\n'
    expect(await lines(await buy(answering(framing)))).toEqual(['{"a":1}', '{"a":2}', '[DONE]'])
  })
  test.each([
    ['data: {"a":1}\n\n', 'the model broke off'],
    ['data: {"a":1}\n\ndata: {"error":{"message":"secret"}}\n\n', 'the model reports an error'],
    ['data: {"a":1}\n\ndata: {oops\n\n', 'the model answered no JSON'],
  ])('%j: an error event', async (text, message) => {
    const data = await lines(await buy(answering(text)))
    expect(data).toEqual([
      '{"a":1}',
      JSON.stringify({ error: { message, type: 'server_error', code: null } }),
    ])
  })
  test('one that refuses, and one that answers whole', async () => {
    const refused = await buy(answering('secret', 500))
    expect(refused.status).toBe(502)
    expect(await refused.text()).not.toContain('secret')
    expect(await (await buy(answering('{"object":"chat.completion"}'), false)).json()).toEqual({
      object: 'chat.completion',
    })
  })
})
