/** The development chain over HTTP: who may ask, and that a long batch holds nobody up. */
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { newChain } from '../support/kit.ts'

/** Asks with these headers; the status, and what the answer says of origins. */
function ask(
  url: string,
  headers: Record<string, string>,
  { method = 'POST', body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}' } = {},
): Promise<{ status: number; allowed: string | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      let whole = ''
      answer.setEncoding('utf8')
      answer.on('data', (part: string) => {
        whole += part
      })
      answer.on('end', () =>
        resolve({
          status: answer.statusCode as number,
          allowed: answer.headers['access-control-allow-origin'],
          body: whole,
        }),
      )
    })
    sent.once('error', reject)
    sent.end(method === 'POST' ? body : undefined)
  })
}

test('names of this machine are served, others are not: a page may have made its own name point here', async () => {
  await using server = await serveRpc(newChain())
  const { port } = server
  for (const host of ['localhost', `localhost:${port}`, `127.0.0.1:${port}`, '127.1.2.3', `[::1]:${port}`])
    expect([host, (await ask(server.url, { host })).status]).toEqual([host, 200])
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
  ])
    expect([host, (await ask(server.url, { host })).status]).toEqual([host, 403])
})

test.each([
  ['twice', ['Host: localhost', 'Host: evil.example'], 400],
  ['twice, the other way round', ['Host: evil.example', 'Host: localhost'], 400],
  ['two in one field', ['Host: localhost, evil.example'], 400],
  ['with a user', ['Host: localhost@evil.example'], 400],
  ['once', ['Host: localhost'], 200],
])('the host is named once: %s', async (_, hosts, status) => {
  await using server = await serveRpc(newChain())
  const socket = connect(server.port, '127.0.0.1')
  socket.write(['POST / HTTP/1.1', ...hosts, 'Content-Length: 2', 'Connection: close', '', '{}'].join('\r\n'))
  expect(await text(socket)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
})

test('web pages may not ask, not even what needs no leave, unless their origin is named', async () => {
  const page = { origin: 'https://page.example', 'content-type': 'text/plain' }
  const chain = newChain()
  const mine = '{"jsonrpc":"2.0","id":1,"method":"evm_mine"}'
  const blocks = () => chain.request({ method: 'eth_blockNumber' })
  const before = await blocks()
  for (const cors of [undefined, [], ['https://other.example']]) {
    await using server = await serveRpc(chain, cors === undefined ? {} : { cors })
    for (const origin of ['https://page.example', 'null', server.url])
      expect(await ask(server.url, { ...page, origin }, { body: mine })).toMatchObject({
        status: 403,
        allowed: undefined,
      })
    expect(await ask(server.url, page, { method: 'OPTIONS' })).toMatchObject({ status: 403 })
  }
  expect(await blocks()).toBe(before)
  for (const cors of [['https://page.example'], ['*']]) {
    await using server = await serveRpc(chain, { cors })
    const answered = { allowed: page.origin }
    expect(await ask(server.url, page)).toMatchObject({ status: 200, ...answered })
    expect(await ask(server.url, page, { method: 'OPTIONS' })).toMatchObject({ status: 204, ...answered })
  }
})

test('others are answered between the requests of a batch', async () => {
  const order: string[] = []
  let started: () => void = () => undefined
  const begun = new Promise<void>((resolve) => {
    started = resolve
  })
  const rpc = {
    request: async ({ method }: { method: string }) => {
      order.push(method)
      // Long, and never waits for anything: what evm_mine of many blocks is.
      if (method === 'long') for (const end = performance.now() + 5; performance.now() < end; );
      started()
      return 1
    },
  }
  await using server = await serveRpc(rpc)
  const long = Array.from({ length: 200 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'long' }))
  const batch = ask(server.url, {}, { body: JSON.stringify(long) })
  await begun
  await ask(server.url, {}, { body: '{"jsonrpc":"2.0","id":1,"method":"short"}' })
  await batch
  expect(order.indexOf('short')).toBeLessThan(order.length - 1)
})
