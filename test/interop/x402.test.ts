/**
 * Unmodified x402 packages (2.27.0) on our chain: their client pays our server, our client pays their servers, either
 * facilitator settles for either server, and openai streams through our paying fetch. Money is read on chain.
 */
import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Instance, launch } from '../../conformance/harness/process.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { usdc } from '../../src/contracts/transfer-authorization.ts'
import { listen } from '../../src/http/listen.ts'
import { chatStream } from '../../src/x402/client/chat.ts'
import { type PaymentEvent, payingFetch } from '../../src/x402/client/paying-fetch.ts'
import { facilitatorHandler } from '../../src/x402/facilitator/handle.ts'
import { ModelError } from '../../src/x402/server/chat/model.ts'
import { chatPath } from '../../src/x402/server/example/server.ts'
import { facilitatorAt } from '../../src/x402/server/facilitator-client.ts'
import { chainId, payee, payer } from '../support/x402/samples.ts'
import { chat, gasPayer, openShop, price } from '../support/x402/shop.ts'

const folder = resolve('conformance/targets/x402')

/** Runs the client of the target; answers what it prints. Rejects with what it wrote to stderr. */
function sdkClient(url: string, mode: 'fetch' | 'openai'): Promise<Record<string, unknown>> {
  const own = { URL: url, PAYER_PRIVATE_KEY: payer.privateKey, ASSET: usdc.address, MODE: mode }
  return new Promise((done, reject) => {
    const child = spawn(process.execPath, ['client.mjs'], { cwd: folder, env: { ...process.env, ...own } })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
    })
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString()
    })
    child.once('close', (code) =>
      code === 0 ? done(JSON.parse(stdout) as Record<string, unknown>) : reject(new Error(stderr)),
    )
  })
}

const sdk = (program: string, env: Readonly<Record<string, string>>): Promise<Instance> =>
  launch({ name: program, command: `exec node ${program}`, cwd: folder, url: 'http://127.0.0.1:{port}', env })

const sdkServer = (facilitator: string, framework: string, flow?: string) =>
  sdk('server.mjs', {
    FACILITATOR_URL: facilitator,
    PAY_TO: payee.address,
    ASSET: usdc.address,
    FRAMEWORK: framework,
    ...(flow === undefined ? {} : { FLOW: flow }),
  })

function wallet(retries = 2) {
  const events: PaymentEvent[] = []
  const fetch = payingFetch({
    account: payer,
    maxAmount: '0.02',
    assets: [{ chainId, address: usdc.address }],
    retries,
    retryDelayMs: 0,
    onPayment: (event) => events.push(event),
  })
  return { fetch, signatures: () => events.filter(({ type }) => type === 'signed').length }
}

describe('@x402/fetch', () => {
  test.each(['fetch', 'openai'] as const)('pays our server (%s)', async (mode) => {
    const shop = openShop()
    await using server = await listen(shop.handle)
    const got = await sdkClient(`${server.url}${chatPath}`, mode)
    if (mode === 'fetch')
      expect(got).toMatchObject({ status: 200, text: /data: \[DONE\]\n\n$/, receipt: { success: true } })
    else expect(got['chunks']).toBe(shop.calls.chunks)
    expect([shop.earned(), shop.settlements(), shop.calls.streams]).toEqual([price, 1, 1])
  })
})

describe('our client', () => {
  test.each([
    ['express', undefined],
    ['express', 'upfront'],
    ['hono', undefined],
    ['hono', 'upfront'],
  ])('pays a server of @x402/%s (flow: %s)', async (framework, flow) => {
    const shop = openShop()
    await using facilitator = await listen(facilitatorHandler(shop.facilitator))
    const server = await sdkServer(facilitator.url, framework, flow)
    const { fetch, signatures } = wallet()
    const stream = chatStream(chat(), { url: `${server.url}${chatPath}`, fetch })
    expect(await stream.text()).toBe('Hello there')
    expect([signatures(), shop.earned()]).toEqual([1, price])
    await server.stop()
  })
})

test('the facilitator of @x402/core settles for our server, once', async () => {
  const inner = openShop()
  await using node = await serveRpc(inner.chain)
  const facilitator = await sdk('facilitator.mjs', {
    RPC_URL: node.url,
    FACILITATOR_PRIVATE_KEY: gasPayer.privateKey,
  })
  const front = openShop({ around: () => facilitatorAt(facilitator.url) })
  await using server = await listen(front.handle)
  const { fetch } = wallet()
  const stream = chatStream(chat(), { url: `${server.url}${chatPath}`, fetch })
  expect((await stream.text()).length).toBeGreaterThan(20)
  expect(inner.earned()).toBe(price)
  await facilitator.stop()
})

describe('openai through our paying fetch', () => {
  interface Chunk {
    choices: { delta: { content?: string } }[]
  }
  interface OpenAi {
    chat: {
      completions: {
        create(body: object): Promise<AsyncIterable<Chunk> & { controller: AbortController }>
      }
    }
  }
  async function openai(url: string) {
    const entry = pathToFileURL(`${folder}/node_modules/openai/index.mjs`).href
    const { default: OpenAI } = (await import(entry)) as { default: new (options: object) => OpenAi }
    // openai does the retrying here.
    const own = wallet(0)
    return { ...own, client: new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, fetch: own.fetch }) }
  }
  const chunk = (content: string) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] })

  test('the first token is there before the last is made; one settlement', async () => {
    let go: () => void = () => undefined
    const read = new Promise<void>((done) => {
      go = done
    })
    const shop = openShop({
      model: {
        names: [],
        async *stream() {
          yield chunk('a')
          await read
          yield chunk('b')
        },
        complete: async () => ({}),
      },
    })
    await using server = await listen(shop.handle)
    const { client, signatures } = await openai(server.url)
    let text = ''
    for await (const { choices } of await client.chat.completions.create(chat())) {
      text += choices[0]?.delta.content ?? ''
      go()
    }
    expect(text).toBe('ab')
    expect([signatures(), shop.earned(), shop.settlements()]).toEqual([1, price, 1])
  })

  test('its retries after 500 are paid with the payment that was signed first', async () => {
    let failures = 4
    const shop = openShop({
      model: {
        names: [],
        async *stream() {
          if (failures-- > 2) throw new ModelError('not now', 500)
          yield chunk('a')
        },
        complete: async () => ({}),
      },
    })
    await using server = await listen(shop.handle)
    const { client, signatures } = await openai(server.url)
    let text = ''
    for await (const { choices } of await client.chat.completions.create(chat()))
      text += choices[0]?.delta.content ?? ''
    expect(text).toBe('a')
    expect([signatures(), shop.earned(), shop.settlements()]).toEqual([1, price, 1])
  })

  test('its retries on connections that break are paid with it too, or fail', async () => {
    for (const breaks of [2, 9]) {
      const shop = openShop()
      let broken = 0
      await using server = await listen(shop.handle)
      const front = createServer(async (request, response) => {
        const { 'payment-signature': payment, 'content-type': type = '' } = request.headers
        if (payment !== undefined && broken++ < breaks) {
          request.socket.destroy()
          return
        }
        const headers = {
          'content-type': type,
          ...(payment === undefined ? {} : { 'payment-signature': `${payment}` }),
        }
        const body = await new Response(Readable.toWeb(request) as ReadableStream).arrayBuffer()
        const answer = await fetch(`${server.url}${request.url}`, { method: 'POST', headers, body })
        response.writeHead(answer.status, Object.fromEntries(answer.headers))
        response.end(Buffer.from(await answer.arrayBuffer()))
      })
      await new Promise<void>((done) => front.listen(0, '127.0.0.1', done))
      const { port } = front.address() as AddressInfo
      const { client, signatures } = await openai(`http://127.0.0.1:${port}`)
      const asked = client.chat.completions.create(chat())
      if (breaks === 2) for await (const _ of await asked);
      else await expect(asked).rejects.toThrow('Connection error')
      expect([broken, signatures(), shop.earned()]).toEqual([3, 1, breaks === 2 ? price : 0n])
      front.closeAllConnections()
      front.close()
    }
  })
})
