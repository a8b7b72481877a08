/** `serve` without a data folder, stopped while its node is down: it says what is owed, and the next start claims it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { FaultyRpc } from '../../src/chain/faults.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { listen } from '../../src/http/listen.ts'
import { cliIn, startIn, temporary } from '../support/cli.ts'
import { newChain } from '../support/kit.ts'
import { channelOf } from '../support/payer.ts'

test('what could not be claimed is named, kept and claimed', async () => {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const rpc = await serveRpc(node)
  const file = temporary('unclaimed.jsonl')
  const env = { PORT: '0', RPC_URL: rpc.url, CLAIM_TIMEOUT_MS: '500', UNCLAIMED_FILE: file }
  const server = await startIn(env, /try:/, 'serve')
  const url = /poem (http:\S+)/.exec(server.output())?.[1] as string
  const handler = (request: Request) => fetch(url.replace('/poem', '/line'), request)
  const channel = await channelOf(handler, chain)
  expect((await channel.open()).status).toBe(200)
  expect((await channel.voucher(1_000n, 'GET')).status).toBe(200)

  const ends = ['eth_call', 'eth_estimateGas', 'eth_sendRawTransaction'].map((method) =>
    node.error(method, { message: 'bad gateway' }),
  )
  expect(await server.stop()).toBe(1)
  expect(server.output()).toContain(`not claimed: 0.001000 on v2 channel ${channel.id}`)
  expect(server.output()).toContain(`cannot close channel ${channel.id}`)
  expect(readFileSync(file, 'utf8')).toContain(channel.id)
  for (const end of ends) end()

  const next = await startIn(env, /try:/, 'serve')
  while ((await channel.captured()) === undefined) await new Promise((resolve) => setImmediate(resolve))
  expect(await channel.captured()).toBe(1_000n)
  expect(await next.stop()).toBe(0)
  await rpc.close()
})

test('what could not be claimed is kept as soon as its file can be written', async () => {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const rpc = await serveRpc(node)
  const folder = temporary('missing')
  const file = join(folder, 'unclaimed.jsonl')
  const env = { PORT: '0', RPC_URL: rpc.url, CLAIM_TIMEOUT_MS: '200', UNCLAIMED_FILE: file }
  const server = await startIn(env, /try:/, 'serve')
  expect(server.output()).toContain(`could not be kept in ${file}`)
  const url = /poem (http:\S+)/.exec(server.output())?.[1] as string
  const channel = await channelOf((request) => fetch(url.replace('/poem', '/line'), request), chain)
  expect((await channel.open()).status).toBe(200)
  expect((await channel.voucher(1_000n, 'GET')).status).toBe(200)
  for (const method of ['eth_call', 'eth_estimateGas', 'eth_sendRawTransaction'])
    node.error(method, { message: 'bad gateway' })
  const stopped = server.stop()
  while (!server.output().includes('it is tried until there is room'))
    await new Promise((resolve) => setTimeout(resolve, 20))
  mkdirSync(folder)
  expect(await stopped).toBe(1)
  expect(readFileSync(file, 'utf8')).toContain(channel.id)
  await rpc.close()
})

test('who cannot start ends, with one line, and leaves the port of its chain', async () => {
  const file = temporary('file')
  writeFileSync(file, 'no folder')
  await using taken = await listen(() => Promise.resolve(new Response('')))
  const starts = [
    [{ PORT: String(taken.port) }, 'the port is already in use'],
    [{ PORT: '0', DATA_DIR: file }, `cannot keep channels in ${file}`],
    [{ PORT: '0', SECRET_KEY: 'short' }, 'SECRET_KEY has 5 bytes'],
    [{ PORT: '0', CHAIN_ID: '1' }, 'not 1'],
    [{ PORT: '0', UNCLAIMED_FILE: file }, `${file} holds no unclaimed channels`],
    [{ PORT: '0', UNCLAIMED_FILE: dirname(file) }, `cannot read ${dirname(file)}`],
    [{ PORT: '0', PAYEE_PRIVATE_KEY: `@${file}` }, 'a private key is 32 bytes'],
    [{ PORT: '0', PAYEE_PRIVATE_KEY: `@${file}.none` }, 'cannot read the private key'],
  ] as const
  for (const [env, line] of starts) {
    const { code, stderr } = await cliIn({ env }, 'serve')
    expect([env, code]).toEqual([env, 2])
    expect(stderr).toContain(line)
  }
}, 120_000)
