/** The chat stream: whatever its framing and chunking, its text; whatever goes wrong, what and how far it came. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { usdc } from '../../../src/contracts/transfer-authorization.ts'
import { listen } from '../../../src/http/listen.ts'
import { ChatError, type ChatOptions, chatStream, type Progress } from '../../../src/x402/client/chat.ts'
import { payingFetch } from '../../../src/x402/client/paying-fetch.ts'
import { chatPath } from '../../../src/x402/server/example/server.ts'
import { chainId, payer } from '../../support/x402/samples.ts'
import { chat, openShop, price } from '../../support/x402/shop.ts'

const url = 'http://shop.test/v1/chat/completions'
const utf8 = new TextEncoder()
const event = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
const text = 'Grüße, 世界 🌍!'
const whole = `${[...text].map(event).join('')}data: [DONE]\n\n`
const type = { 'content-type': 'text/event-stream' }

/** A stream of these bytes, in parts of so many. */
const parted = (bytes: Uint8Array, size: number) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.subarray(at, at + size))
      controller.close()
    },
  })
const reading = (body: string | ReadableStream<Uint8Array>, options: Partial<ChatOptions> = {}) =>
  chatStream(chat(), { url, fetch: async () => new Response(body, { headers: type }), ...options })
const failure = async (stream: ReturnType<typeof reading>) => {
  const error = await stream.text().catch((error: unknown) => error)
  if (!(error instanceof ChatError)) throw new Error('it did not fail', { cause: error })
  return { code: error.code, text: error.text }
}

describe('framing', () => {
  test.each<[string, string]>([
    ['as it is mostly written', whole],
    ['CRLF', whole.replaceAll('\n', '\r\n')],
    ['CR', whole.replaceAll('\n', '\r')],
    ['no space', whole.replaceAll('data: ', 'data:')],
    ['comments and other fields', `: hello\n\nevent: message\nid: 7\nretry: 10\n${whole}`],
    ['several lines', whole.replaceAll('{"choices":', '{"choices":\ndata: ')],
    ['a byte order mark', `\ufeff${whole}`],
    ['more after the end', `${whole}data: {oops\n\n`],
    ['no blank line at the end', whole.trimEnd()],
    [
      'chunks without content',
      `data: {"choices":[{"delta":{"role":"assistant"}}]}\n\ndata: {"choices":[]}\n\n${whole}`,
    ],
  ])('%s, in parts of any size', async (_, framed) => {
    const bytes = utf8.encode(framed)
    for (const size of [1, 2, 3, 7, bytes.length])
      expect(await reading(parted(bytes, size)).text()).toBe(text)
  })
  test('split at every byte', async () => {
    const bytes = utf8.encode(whole.replaceAll('\n', '\r\n'))
    for (let at = 1; at < bytes.length; at++) {
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(bytes.subarray(0, at))
          controller.enqueue(bytes.subarray(at))
          controller.close()
        },
      })
      expect(await reading(body).text()).toBe(text)
    }
  })
})

describe('what goes wrong', () => {
  test('no [DONE]', async () => {
    expect(await failure(reading(event('so far')))).toEqual({ code: 'incomplete', text: 'so far' })
    expect(await failure(reading(''))).toEqual({ code: 'incomplete', text: '' })
    expect(await failure(reading(`${event('a')}data: {"choices":[{"del`))).toEqual({
      code: 'incomplete',
      text: 'a',
    })
  })
  test('no JSON, no object, an error', async () => {
    expect(await failure(reading(`${event('a')}data: {oops\n\n`))).toEqual({
      code: 'malformed-event',
      text: 'a',
    })
    expect(await failure(reading(`${event('a')}data: 7\n\n`))).toEqual({ code: 'malformed-event', text: 'a' })
    const stream = reading(`${event('a')}data: {"error":{"message":"model died"}}\n\ndata: [DONE]\n\n`)
    await expect(stream.text()).rejects.toThrow('the server reports: model died')
  })
  test('a broken connection', async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, type)
      response.write(event('a'), () => response.destroy())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, text } = await failure(chatStream(chat(), { url: `http://127.0.0.1:${port}` }))
    expect(code).toBe('incomplete')
    expect(['', 'a']).toContain(text)
    server.close()
  })
  test('a refusal, and something that is no stream', async () => {
    const refused = async () => Response.json({ error: { message: 'no credit' } }, { status: 402 })
    const stream = chatStream(chat(), { url, fetch: refused })
    await expect(stream.text()).rejects.toMatchObject({ code: 'refused', status: 402, message: /no credit/ })
    const html = async () => new Response('<html>', { headers: { 'content-type': 'text/html' } })
    expect(await failure(chatStream(chat(), { url, fetch: html }))).toMatchObject({ code: 'no-stream' })
  })
  test('silence, before and within', async () => {
    const never = () => new Promise<Response>(() => undefined)
    const hanging: typeof fetch = (_, init) =>
      Promise.race([
        never(),
        new Promise<Response>((__, reject) => {
          init?.signal?.addEventListener('abort', () => reject(init.signal?.reason as Error))
        }),
      ])
    expect(await failure(reading('', { fetch: hanging, idleTimeoutMs: 5 }))).toEqual({
      code: 'timeout',
      text: '',
    })
    const silent = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(utf8.encode(event('a'))),
    })
    expect(await failure(reading(silent, { idleTimeoutMs: 20 }))).toEqual({ code: 'timeout', text: 'a' })
  })
  test('cancelled, by the stream or by a signal: the server hears of it', async () => {
    for (const by of ['stream', 'signal']) {
      let heard = false
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(utf8.encode(event('a'))),
        cancel() {
          heard = true
        },
      })
      const controller = new AbortController()
      const stream = reading(body, { signal: controller.signal })
      const seen: string[] = []
      const read = async () => {
        for await (const part of stream) {
          seen.push(part)
          if (seen.length === 3) by === 'stream' ? stream.cancel() : controller.abort()
        }
      }
      await expect(read()).rejects.toMatchObject({ code: 'cancelled', text: 'aaa' })
      expect(heard).toBe(true)
    }
  })
  test('a reader that leaves is no error, and the server hears of it', async () => {
    let heard = false
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(utf8.encode(event('a'))),
      cancel() {
        heard = true
      },
    })
    for await (const part of reading(body)) {
      expect(part).toBe('a')
      break
    }
    expect(heard).toBe(true)
  })
  test('read twice', async () => {
    const stream = reading(whole)
    await stream.text()
    await expect(stream.text()).rejects.toThrow(TypeError)
  })
})

test('callbacks and progress', async () => {
  let now = 0
  const parts: string[] = []
  const seen: Progress[] = []
  const stream = reading(
    `${event('a')}${event('bc')}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: {"choices":[],"usage":{"completion_tokens":2}}\n\ndata: [DONE]\n\n`,
    {
      clock: () => {
        now += 100
        return now
      },
      onText: (part) => parts.push(part),
      onProgress: (progress) => seen.push(progress),
    },
  )
  expect(await stream.text()).toBe('abc')
  expect(parts).toEqual(['a', 'bc'])
  expect(seen).toMatchObject([
    { tokens: 1, characters: 1, elapsedMs: 100, firstTokenMs: 100, tokensPerSecond: 0, done: false },
    { tokens: 2, characters: 3, elapsedMs: 200, firstTokenMs: 100, tokensPerSecond: 10, done: false },
    { tokens: 2, characters: 3, elapsedMs: 300, firstTokenMs: 100, tokensPerSecond: 5, done: true },
  ])
  expect([stream.finishReason, stream.usage, stream.progress.done]).toEqual([
    'stop',
    { completion_tokens: 2 },
    true,
  ])
})

test('paid: the first token is there before the last is made, with one settlement', async () => {
  let go: () => void = () => undefined
  const read = new Promise<void>((resolve) => {
    go = resolve
  })
  const shop = openShop({
    model: {
      names: [],
      async *stream() {
        yield { choices: [{ delta: { content: 'a' } }] }
        await read
        yield { choices: [{ delta: { content: 'b' } }] }
      },
      complete: async () => ({}),
    },
  })
  await using server = await listen(shop.handle)
  const paying = payingFetch({
    account: payer,
    maxAmount: '0.02',
    assets: [{ chainId, address: usdc.address }],
  })
  const stream = chatStream(chat(), { url: `${server.url}${chatPath}`, fetch: paying, onText: () => go() })
  expect(await stream.text()).toBe('ab')
  expect([shop.earned(), shop.settlements(), shop.calls.streams]).toEqual([price, 1, 1])
})
