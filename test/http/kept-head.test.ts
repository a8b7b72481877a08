/** HEAD over connections that stay open: answered as fetch answers it, and left to any other fetch that stands there. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { keptFetch } from '../../src/http/kept-head.ts'

async function serving(listener: RequestListener) {
  const server = createServer(listener)
  let connections = 0
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    connections: () => connections,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test.each([{}, { 'content-length': '7' }])('one connection for many, with %o', async (headers) => {
  await using server = await serving((_, response) => void response.writeHead(200, headers).end())
  for (let i = 0; i < 5; i++) expect((await keptFetch(server.url, { method: 'HEAD' })).status).toBe(200)
  expect(server.connections()).toBe(1)
})

test('a server that closes is connected to again', async () => {
  await using server = await serving(
    (_, response) => void response.writeHead(200, { connection: 'close' }).end(),
  )
  for (let i = 0; i < 3; i++) await keptFetch(server.url, { method: 'HEAD' })
  expect(server.connections()).toBe(3)
})

test('status, headers and what was sent are those of fetch', async () => {
  const seen: (string | undefined)[] = []
  await using server = await serving((request, response) => {
    seen.push(request.method, request.headers.authorization)
    response.writeHead(402, { 'www-authenticate': ['Payment a="b"', 'Basic realm="c"'], 'x-a': 'é' }).end()
  })
  const init = { method: 'HEAD', headers: new Headers({ authorization: 'Payment abc' }) }
  const [ours, theirs] = [await keptFetch(server.url, init), await fetch(server.url, init)]
  for (const name of ['www-authenticate', 'x-a'])
    expect(ours.headers.get(name)).toBe(theirs.headers.get(name))
  expect([ours.status, ours.statusText, ours.body]).toEqual([theirs.status, theirs.statusText, theirs.body])
  expect(seen).toEqual(['HEAD', 'Payment abc', 'HEAD', 'Payment abc'])
})

test('a redirect is answered, not followed', async () => {
  await using server = await serving((_, response) => void response.writeHead(307, { location: '/b' }).end())
  const { status, headers } = await keptFetch(server.url, { method: 'HEAD', redirect: 'manual' })
  expect([status, headers.get('location')]).toEqual([307, '/b'])
})

test('a lost answer is the TypeError that fetch has for it', async () => {
  await using server = await serving((request) => void request.socket.destroy())
  await expect(keptFetch(server.url, { method: 'HEAD' })).rejects.toThrow(TypeError)
})

test('a signal ends it with its reason, before and meanwhile', async () => {
  const late = new AbortController()
  await using server = await serving(() => late.abort(new Error('enough')))
  await expect(keptFetch(server.url, { method: 'HEAD', signal: late.signal })).rejects.toThrow('enough')
  await expect(keptFetch(server.url, { method: 'HEAD', signal: late.signal })).rejects.toThrow('enough')
})

test('whoever replaced fetch is asked, and for everything that is no HEAD', async () => {
  const asked = vi.fn(async () => new Response(null, { status: 204 }))
  vi.stubGlobal('fetch', asked)
  expect((await keptFetch('http://127.0.0.1:1/', { method: 'HEAD' })).status).toBe(204)
  expect((await keptFetch('http://127.0.0.1:1/')).status).toBe(204)
  expect(asked).toHaveBeenCalledTimes(2)
})
