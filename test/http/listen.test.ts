/** A server names the address on which it is reached, whichever it was told to listen on. */
import { networkInterfaces } from 'node:os'
import { describe, expect, test } from 'vitest'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { serveRpc } from '../../src/chain/rpc-server.ts'
import { listen } from '../../src/http/listen.ts'
import { newChain } from '../support/kit.ts'

const hosts = [
  [undefined, 'http://127.0.0.1'],
  ['localhost', 'http://'],
  ['127.0.0.2', 'http://127.0.0.2'],
  ['0.0.0.0', 'http://127.0.0.1'],
  ['::1', 'http://[::1]'],
  ['::', 'http://[::1]'],
] as const
const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ family }) => family === 'IPv6'))

describe.each(hosts)('a server on %s', (host, start) => {
  const where = host === undefined ? {} : { host }

  test.skipIf(host?.includes(':') && !hasIpv6)('is reached by its url', async () => {
    await using server = await listen(() => Promise.resolve(new Response('here')), where)
    expect(server.url).toMatch(start)
    expect(new URL(server.url).port).toBe(String(server.port))
    expect(await (await fetch(server.url)).text()).toBe('here')
  })

  test.skipIf(host?.includes(':') && !hasIpv6)('and so is a node', async () => {
    await using server = await serveRpc(newChain(), where)
    expect(server.url).toMatch(start)
    expect(await httpRpc(server.url).request({ method: 'eth_chainId' })).toBe('0xa5bf')
  })
})
