/** Answers as they come off a connection: framed in every lawful way, in any pieces, and never one for another. */
import * as net from 'node:net'
import * as tls from 'node:tls'
import { expect, test } from 'vitest'
import { KeptConnections, socketsOf } from '../../src/http/kept-connections.ts'

/** A server that answers each request with these pieces, one write each; it keeps connections unless told to end. */
async function answering(pieces: readonly string[], { ends = false } = {}) {
  const seen: string[] = []
  const sockets = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => undefined)
    socket.on('data', async (chunk) => {
      seen.push(chunk.toString('latin1'))
      for (const piece of pieces) {
        socket.write(piece, 'latin1')
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (ends) socket.end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = new URL(`http://127.0.0.1:${(server.address() as net.AddressInfo).port}/a?b`)
  const connections = new KeptConnections(socketsOf(net, tls), 4_000)
  return {
    seen,
    sockets,
    ask: async (method = 'POST') => {
      const sent = method === 'POST' ? { body: '{"é":1}' } : {}
      const { status, body } = await connections.send({ method, url, headers: [['x', 'y']], ...sent }).answer
      return [status, Buffer.from(body).toString('latin1')]
    },
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

const answers = {
  length: ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'hello'],
  'two equal lengths': ['HTTP/1.1 200\r\ncontent-length: 5, 5\r\n\r\nhello', 'hello'],
  empty: ['HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', ''],
  chunked: [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
    'hello',
  ],
  trailers: [
    'HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\na: b\r\nc: d\r\n\r\n',
    'hello',
  ],
  'after 1xx': [
    'HTTP/1.1 103 Hints\r\na: b\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello',
    'hello',
  ],
  'no body': ['HTTP/1.1 204 No Content\r\n\r\n', ''],
} as const

for (const [name, [text, body]] of Object.entries(answers))
  test(`${name}: whole, byte by byte and cut anywhere, on one connection`, async () => {
    const status = name === 'no body' ? 204 : 200
    const cuts = [...text].map((_, at) => [text.slice(0, at), text.slice(at)].filter((piece) => piece !== ''))
    for (const pieces of [[...text], ...cuts.filter((_, at) => at % 7 === 0)]) {
      await using server = await answering(pieces)
      for (let i = 0; i < 3; i++) expect(await server.ask()).toEqual([status, body])
      expect(server.sockets.size).toBe(1)
    }
  })

test('what is sent is one request, its length in bytes', async () => {
  await using server = await answering([answers.length[0]])
  await server.ask()
  const [sent = ''] = server.seen
  expect(sent).toMatch(
    /^POST \/a\?b HTTP\/1\.1\r\nhost: 127\.0\.0\.1:[0-9]+\r\nx: y\r\ncontent-length: 8\r\n\r\n/,
  )
  expect(Buffer.from(sent, 'latin1').toString()).toContain('{"é":1}')
})

test('HEAD has no body, whatever length its answer names', async () => {
  await using server = await answering(['HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n'])
  for (let i = 0; i < 3; i++) expect(await server.ask('HEAD')).toEqual([200, ''])
  expect(server.sockets.size).toBe(1)
})

test.each([
  'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok',
  'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\nok',
])('a connection that is not kept is not used again: %j', async (text) => {
  await using server = await answering([text])
  for (let i = 0; i < 3; i++) expect(await server.ask()).toEqual([200, 'ok'])
  expect(server.sockets.size).toBe(3)
})

test('a body without a length ends with its connection', async () => {
  await using server = await answering(['HTTP/1.1 200 OK\r\n\r\n', 'he', 'llo'], { ends: true })
  expect(await server.ask()).toEqual([200, 'hello'])
})

test.each([
  'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nno',
  'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok',
  'HTTP/1.1 200 OK\r\ncontent-length: +2\r\n\r\nok',
  'HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 101 Switching\r\n\r\n',
  'HTTP/2 200\r\n\r\n',
  'ICY 200 OK\r\n\r\n',
  `HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}`,
])('an answer that is none rejects, and its connection is over: %j', async (text) => {
  await using server = await answering([text])
  await expect(server.ask()).rejects.toThrow(TypeError)
  await expect(server.ask()).rejects.toThrow(TypeError)
  expect(server.sockets.size).toBe(2)
})

test.each([[[]], [['HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort']], [['HTTP/1.1 2']]])(
  'a connection that ends before its answer does rejects: %j',
  async (pieces) => {
    await using server = await answering(pieces, { ends: true })
    await expect(server.ask()).rejects.toMatchObject({ code: 'ECONNRESET' })
  },
)

test('what would be a request of its own cannot be sent, and other protocols are not spoken', () => {
  const connections = new KeptConnections(socketsOf(net, tls), 4_000)
  const url = new URL('http://127.0.0.1:1/')
  const split: [string, string][] = [['a', 'b\r\nc: d']]
  expect(() => connections.send({ method: 'HEAD', url, headers: split })).toThrow(TypeError)
  expect(() => connections.send({ method: 'HEAD', url: new URL('ftp://a/'), headers: [] })).toThrow(TypeError)
})
