/** Answers whose bytes are known are written at once; whoever receives them notices nothing but that. */
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { Answers } from '../../src/http/answers.ts'
import type { Handler } from '../../src/http/handler.ts'
import { listen } from '../../src/http/listen.ts'
import { bytesOf, wholeResponse, withHeaders } from '../../src/http/whole.ts'

const bytes = new TextEncoder().encode('a line\n')
const cookies = new Headers([
  ['set-cookie', 'a=1'],
  ['set-cookie', 'b=2'],
  ['x-more', 'yes'],
])

/** What comes over the wire for one request, but its date. */
async function received(handler: Handler, method = 'GET'): Promise<string> {
  await using server = await listen(handler)
  const socket = connect(server.port, '127.0.0.1')
  socket.end(`${method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text.replace(/^Date: .*\r\n/m, '')
}

test.each(['GET', 'HEAD'])('%s: head and body as they are given, with their length', async (method) => {
  const text = await received(async () => wholeResponse(bytes, { status: 201, headers: cookies }), method)
  expect(
    text
      .split('\r\n')
      .slice(0, -1)
      .map((line) => line.toLowerCase()),
  ).toEqual(
    expect.arrayContaining([
      'http/1.1 201 created',
      'set-cookie: a=1',
      'set-cookie: b=2',
      'x-more: yes',
      'content-type: text/plain; charset=utf-8',
      'content-length: 7',
    ]),
  )
  expect(text.endsWith('\r\n\r\na line\n')).toBe(method === 'GET')
  expect(text).not.toContain('chunked')
})

test('a type and a length of its own stay', async () => {
  const headers = { 'content-type': 'text/html', 'content-length': '7' }
  const text = await received(async () => wholeResponse(bytes, { headers }))
  expect(text.toLowerCase()).toContain('content-type: text/html\r\n')
  expect(text.match(/content-length: 7/gi)).toHaveLength(1)
})

test('headers change, the bytes stay known; once somebody reads them they are not', async () => {
  const response = withHeaders(wholeResponse(bytes, { status: 202 }), new Headers({ 'x-more': 'yes' }))
  expect(bytesOf(response)).toEqual(bytes)
  expect([response.status, response.headers.get('x-more')]).toEqual([202, 'yes'])
  expect(await response.text()).toBe('a line\n')
  expect(bytesOf(response)).toBeUndefined()
  expect(bytesOf(withHeaders(new Response('read me'), new Headers()))).toBeUndefined()
})

test('it is kept for its repeats at once, and they have their bytes too', async () => {
  const answers = new Answers()
  const keyed = { name: 'a key', fingerprint: 'f', payment: 'p' }
  await answers.remember(keyed, async () => wholeResponse(bytes, { status: 201 }))
  const again = await answers.find(keyed)?.answer()
  expect(again).toBeInstanceOf(Response)
  if (!(again instanceof Response)) throw new Error('it was not kept')
  expect(again.status).toBe(201)
  expect(bytesOf(again)).toEqual(bytes)
})
