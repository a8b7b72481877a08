/** Clients that are reached by a URL alone: told of an errand, asked until it is over, stopped when it takes too long (issue 15). */
import { expect, test } from 'vitest'
import { remoteDrive } from '../../conformance/harness/remote-client.ts'
import { listen } from '../../src/http/listen.ts'
import { cli } from '../support/cli.ts'
import { remoteClient } from '../support/remote.ts'

const env = {
  PAYMENT_URL: 'http://payee.test/stream',
  RPC_URL: 'http://node.test',
  CHAIN_ID: '42431',
  CURRENCY: `0x${'20'.repeat(20)}`,
  PRIVATE_KEY: `0x${'5a'.repeat(32)}`,
  MAX_DEPOSIT: '1.00',
  STATE_DIR: '/somewhere/state-7',
  METHOD: 'POST',
}
const errand = { url: 'http://payee.test/stream', env, timeoutMs: 60_000 }
const never = () => new Promise<never>(() => undefined)

test('an errand is told by its parameters, and what came of it is what the client says', async () => {
  await using remote = await remoteClient(async () => ({
    status: 'done',
    exit: 3,
    received: ['one', 'two'],
    message: 'no',
  }))
  expect(await remoteDrive(`${remote.url}/`)(errand)).toEqual({
    code: 3,
    stdout: 'one\ntwo\n',
    stderr: 'no',
    stopped: undefined,
    stubborn: false,
    strays: 0,
    unreachable: [],
  })
  expect(remote.errands).toEqual([
    {
      url: env.PAYMENT_URL,
      rpcUrl: env.RPC_URL,
      chainId: 42_431,
      currency: env.CURRENCY,
      privateKey: env.PRIVATE_KEY,
      maxDeposit: '1.00',
      state: 'state-7',
      variables: { METHOD: 'POST' },
    },
  ])
})

test('one that takes too long is stopped, and so is one that is to be killed', async () => {
  await using remote = await remoteClient(never)
  expect(await remoteDrive(remote.url)({ ...errand, timeoutMs: 1 })).toMatchObject({
    code: null,
    stopped: 'late',
  })
  const kill = AbortSignal.abort()
  expect(await remoteDrive(remote.url)({ ...errand, kill })).toMatchObject({ code: null, stopped: 'killed' })
  expect(remote.asked.filter((each) => each.startsWith('DELETE'))).toEqual([
    'DELETE /errands/errand-1',
    'DELETE /errands/errand-2',
  ])
})

test.each<[string, () => Response, RegExp]>([
  ['refuses', () => new Response(null, { status: 500 }), /answers 500 to POST/],
  ['answers no JSON', () => new Response('hello'), /answers no JSON to POST/],
  ['names no errand', () => Response.json({}), /does not keep to the contract/],
  ['names a path', () => Response.json({ id: '../start' }), /does not keep to the contract/],
])('a client that %s is a mistake of the set-up', async (_, answer, message) => {
  await using server = await listen(async () => answer())
  await expect(remoteDrive(server.url)(errand)).rejects.toThrow(message)
})

test('an answer without end is read to a limit', async () => {
  let sent = 0
  const endless = () =>
    new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 65_536
        controller.enqueue(new Uint8Array(65_536).fill(0x20))
      },
    })
  await using server = await listen(async () => new Response(endless()))
  await expect(remoteDrive(server.url)(errand)).rejects.toThrow(/answers over 4194304 bytes/)
  expect(sent).toBeLessThan(64 * 1_048_576)
})

test.each([301, 302, 303, 307, 308])('a redirect by %i carries no key elsewhere', async (status) => {
  const bodies: string[] = []
  await using other = await listen(async (request) => {
    bodies.push(await request.text())
    return Response.json({ id: 'errand-1', status: 'done', exit: 0 })
  })
  await using server = await listen(async () => Response.redirect(`${other.url}/start`, status))
  await expect(remoteDrive(server.url)(errand)).rejects.toThrow(`answers ${status} to POST`)
  expect(bodies).toEqual([])
})

test('one whose answers never come to an end in time is told', async () => {
  await using remote = await remoteClient(never, never)
  const late = remoteDrive(remote.url)({ ...errand, timeoutMs: 1 })
  await expect(late).rejects.toThrow(/no client at .*\/errands\/errand-1/)
})

test('nobody there is one line and exit 2', async () => {
  const { code, stderr } = await cli(
    'test',
    'client',
    '--control',
    'http://127.0.0.1:1',
    '--only',
    'lifecycle.paid',
  )
  expect(stderr).toMatch(/no client at http:\/\/127\.0\.0\.1:1/)
  expect(code).not.toBe(0)
})
