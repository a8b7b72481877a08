/** `facilitator`, `chat-server` and `chat`, each a process of its own, as their users run them. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../conformance/harness/process.ts'
import { tokenAt } from '../../conformance/peers/x402/token.ts'
import { ChainClient } from '../../src/chain/client.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { usdc } from '../../src/contracts/transfer-authorization.ts'
import { chatPath } from '../../src/x402/server/example/server.ts'
import { cli, cliIn, start, startIn, temporary, urlIn } from '../support/cli.ts'
import { payee } from '../support/x402/samples.ts'
import { ask, chat, paymentFor, price } from '../support/x402/shop.ts'

test('a chat is paid from one process to another, settled by a third on the chain of a fourth', async () => {
  await using chain = await start(/\(9\)/, 'chain', '--port', '0', '--chain-id', '84532')
  const node = urlIn(chain.output(), 'chain 84532 at')
  await using settles = await startIn({ PORT: '0', RPC_URL: node }, /chain http/, 'facilitator')
  const facilitator = urlIn(settles.output(), 'facilitator')
  for (const version of ['1', '2']) {
    const env = { PORT: '0', FACILITATOR_URL: facilitator, X402_VERSION: version, TOKEN_DELAY_MS: '0' }
    await using server = await startIn(env, /try:/, 'chat-server')
    const { code, stdout, stderr } = await cli('chat', '--url', urlIn(server.output(), 'chat'), 'hi')
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(version === '1' ? 'on base-sepolia' : 'on eip155:84532')
    expect(stdout).toMatch(
      /402 {6}0\.010 to 0x.*\n {2}settled {2}tx 0x[0-9a-f]{64}\n\n.+\n\n {2}done {5}[0-9]+ tokens/,
    )
  }
})

test('killed in the middle of a stream, it delivers what was paid for when it is back, and then no more', async () => {
  await using chain = await start(/\(9\)/, 'chain', '--port', '0', '--chain-id', '84532')
  const node = urlIn(chain.output(), 'chain 84532 at')
  await using settles = await startIn({ PORT: '0', RPC_URL: node }, /chain http/, 'facilitator')
  const port = String(await freePort())
  const folder = temporary('claims')
  const serves = (delay: string) =>
    startIn(
      {
        PORT: port,
        DATA_DIR: folder,
        TOKEN_DELAY_MS: delay,
        FACILITATOR_URL: urlIn(settles.output(), 'facilitator'),
      },
      /try:/,
      'chat-server',
    )
  const url = `http://127.0.0.1:${port}${chatPath}`
  const handle = (request: Request) => fetch(request)
  const token = tokenAt(new ChainClient(httpRpc(node)), usdc.address)
  const before = await token.balance(payee.address)

  const first = await serves('60000')
  const paid = await paymentFor({ handle }, 2, {}, ask({}, chat(), url))
  const response = await fetch(ask(paid, chat(), url))
  expect(response.status).toBe(200)
  await first.kill()
  await expect(response.text()).rejects.toThrow()

  await using second = await serves('0')
  expect(second.output()).toContain('chat http')
  const again = await fetch(ask(paid, chat(), url))
  expect([again.status, await again.text()]).toEqual([200, expect.stringMatching(/\[DONE\]\n\n$/)])
  const more = await fetch(ask(paid, chat(), url))
  expect(more.status).toBe(402)
  await more.body?.cancel()
  expect((await token.balance(payee.address)) - before).toBe(price)
})

test('without a URL it brings everything', async () => {
  const { code, stdout } = await cli('chat', 'hi')
  expect(code).toBe(0)
  expect(stdout).toMatch(/done {5}[0-9]+ tokens/)
})

test('what is too dear is not paid, and what is wrong is one line', async () => {
  await using server = await start(/try:/, 'chat-server', '--port', '0', '--price', '0.5')
  const url = urlIn(server.output(), 'chat')
  expect(await cli('chat', '--url', url, 'hi')).toEqual({
    code: 2,
    stdout: '',
    stderr: 'error: costs 500000 base units, at most 100000 are paid\n',
  })
  const file = temporary('file')
  writeFileSync(file, 'no folder')
  for (const [args, why] of [
    [['chat', '--url', 'ftp://x', 'hi'], 'ftp://x is not an http URL'],
    [['chat-server', '--price', 'much'], 'expected an amount like 0.001'],
    [['chat-server', '--upstream', 'x'], 'x is not an http URL'],
    [['chat-server', '--facilitator-url', 'nonsense'], 'nonsense is not an http URL'],
    [['chat-server', '--data-dir', file], `cannot keep payments in ${file}`],
    [['facilitator', '--port', '70000'], 'expected a whole number'],
    [['facilitator', '--port', new URL(url).port], 'the port is already in use'],
    [['chat-server', '--port', new URL(url).port], 'the port is already in use'],
    [['chat', '--url', `http://127.0.0.1:${await freePort()}/`, 'hi'], 'cannot connect'],
  ] as const) {
    const { code, stderr } = await cli(...args)
    expect(code).toBe(2)
    expect(stderr).toContain(why)
  }
})

test('an upstream answers, with its key', async () => {
  const upstream = createServer((request, response) => {
    const text = request.headers.authorization === 'Bearer k' ? 'from upstream' : 'who are you'
    const chunk = { choices: [{ delta: { content: text } }] }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(`data: ${JSON.stringify(chunk)}\n\ndata: [DONE]\n\n`)
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const { port } = upstream.address() as AddressInfo
  const env = { PORT: '0', UPSTREAM_URL: `http://127.0.0.1:${port}/v1`, UPSTREAM_API_KEY: 'k' }
  await using server = await startIn(env, /try:/, 'chat-server')
  const { stdout } = await cliIn({}, 'chat', '--url', urlIn(server.output(), 'chat'), 'hi')
  expect(stdout).toContain('from upstream')
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
})
