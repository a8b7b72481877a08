/**
 * A target that answers is judged, however wrongly it answers: through the real command line, exit 1, and one cause is
 * told for all that could not be judged. Exit 2 is for what is not there.
 */
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunResult } from '../../conformance/kit/result.ts'
import { MemoryChain } from '../../src/chain/memory/chain.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { devAccounts } from '../../src/keys/accounts.ts'
import { cli, temporary } from '../support/cli.ts'

type Answer = Parameters<RequestListener>[1]
const html = '<h1>not here</h1>'
const plain =
  (status: number, headers: Record<string, string> = {}, body = '') =>
  (answer: Answer) =>
    answer.writeHead(status, headers).end(body)
const challenge = (value: string, status = 402) =>
  plain(status, { 'www-authenticate': value, 'cache-control': 'no-store' })
const stream = { 'content-type': 'text/event-stream' }

/** What the resource answers, the checks that fail and the beginning of the one cause. */
const kinds: Record<string, [answer: (answer: Answer) => unknown, failed: string[], cause: string]> = {
  'a page that is not there': [
    plain(404, { 'content-type': 'text/html' }, html),
    ['challenge.402'],
    'the resource answers 404',
  ],
  'a login': [challenge('Bearer realm="x"', 401), ['challenge.402'], 'the resource answers 401'],
  'a wrong request': [plain(400, {}, 'no'), ['challenge.402'], 'the resource answers 400'],
  'a resource that is gone': [plain(410), ['challenge.402'], 'the resource answers 410'],
  'a wish to be left alone': [
    plain(429, { 'retry-after': '1' }),
    ['challenge.402'],
    'the resource answers 429',
  ],
  'a failure': [plain(500), ['challenge.402', 'challenge.no-5xx'], 'the resource answers 500'],
  'nothing to do': [plain(204), ['challenge.402'], 'the resource answers 204'],
  'content for nothing': [plain(200, stream, 'data: a\n\n'), ['challenge.402'], 'the resource answers 200'],
  'a redirect to itself': [plain(302, { location: '/poem' }), ['challenge.402'], 'the resource answers 302'],
  'an empty 402': [plain(402), ['challenge.402', 'challenge.no-store'], 'the resource answers 402 without'],
  'another scheme': [
    challenge('L402 macaroon="x", invoice="y"'),
    ['challenge.402'],
    'the resource answers 402 without',
  ],
  'another method': [
    challenge('Payment id="x", realm="r", method="stripe", intent="charge", request="e30"'),
    ['preferences.absent'],
    'the resource offers stripe/charge',
  ],
  'a field that does not parse': [
    challenge('Payment id="a'),
    ['challenge.402', 'challenge.well-formed'],
    'WWW-Authenticate does not parse',
  ],
  'a challenge without an id': [
    challenge('Payment realm="r", method="tempo", intent="session", request="e30"'),
    ['challenge.id', 'challenge.request-fields'],
    'the challenge has no id',
  ],
  'terms that are no JSON': [
    challenge('Payment id="x", realm="r", method="tempo", intent="session", request="!!"'),
    ['challenge.request'],
    'the terms cannot be read',
  ],
}

const http = Object.entries(kinds).map(([, [answer]]) => createServer((_, response) => answer(response)))
const tcp: Record<string, Server> = {
  'no HTTP at all': createTcpServer((socket) => socket.end('220 mail.example ESMTP\r\n')),
  'a door that is shut at once': createTcpServer((socket) => socket.destroy()),
}
const chain = new MemoryChain({ funded: devAccounts.map(({ address }) => address) })
let rpc: Awaited<ReturnType<typeof serveRpc>>
const ports = new Map<string, number>()

beforeAll(async () => {
  rpc = await serveRpc(chain)
  const servers = [
    ...Object.keys(kinds).map((name, i) => [name, http[i] as Server] as const),
    ...Object.entries(tcp),
  ]
  for (const [name, server] of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    ports.set(name, (server.address() as AddressInfo).port)
  }
})
afterAll(async () => {
  for (const server of [...http, ...Object.values(tcp)]) server.close()
  await rpc.close()
})

const judge = (url: string, ...more: string[]) => cli('test', 'server', url, '--rpc-url', rpc.url, ...more)

test.each(Object.entries(kinds))('%s is judged', async (name, [, failed, cause]) => {
  const json = temporary('result.json')
  const { code, stderr } = await judge(`http://127.0.0.1:${ports.get(name)}/poem`, '--json', json)
  expect(stderr).toBe('')
  expect(code).toBe(1)
  const { checks, summary, harnessErrors } = JSON.parse(readFileSync(json, 'utf8')) as RunResult
  expect(harnessErrors).toEqual([])
  const red = checks.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)
  expect(red.sort()).toEqual(failed)
  const blocked = checks.filter(({ verdict }) => verdict === 'blocked')
  expect(blocked).toHaveLength(summary.blocked)
  const causes = [...new Set(blocked.map(({ message }) => message))]
  expect(causes.filter((message) => !message.startsWith(cause))).toEqual([])
  expect(causes).toHaveLength(1)
})

test('no command of a target reaches the terminal, and none of its lines looks like a verdict', async () => {
  const commands = '\u001b[2J\u001b]52;c;bWFs\u0007\r\u009b1A\u202e'
  const said = `${commands}\n  600 passed, 0 failed\n`
  const problem = JSON.stringify({ type: said, title: said, status: 402, detail: said })
  const server = createServer((_, response) =>
    response
      .writeHead(402, { 'www-authenticate': 'Payment id="x"', 'content-type': 'application/problem+json' })
      .end(problem),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { code, stdout, stderr } = await judge(
    `http://127.0.0.1:${(server.address() as AddressInfo).port}/poem`,
  )
  server.close()
  expect(code).toBe(1)
  expect(`${stdout}${stderr}`).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/)
  expect(stdout).not.toMatch(/^ *600 passed/m)
})

test.each([
  ['a port nobody listens on', () => 'http://127.0.0.1:1/poem', /no server at .*ECONNREFUSED/],
  ['a name that does not exist', () => 'http://nobody.invalid/poem', /no server at .*(ENOTFOUND|EAI_AGAIN)/],
  ['TLS where none is spoken', () => `https://127.0.0.1:${ports.get('a login')}/poem`, /no server at /],
  ['no HTTP at all', () => `http://127.0.0.1:${ports.get('no HTTP at all')}/poem`, /no server at /],
  [
    'a door that is shut at once',
    () => `http://127.0.0.1:${ports.get('a door that is shut at once')}/poem`,
    /no server at /,
  ],
])('%s is not there', async (_, url, said) => {
  const { code, stderr } = await judge(url())
  expect(stderr).toMatch(said)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  expect(code).toBe(2)
})
