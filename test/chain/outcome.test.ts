/** What became of a transaction: a node's rule is a no, a gateway's error is none. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../src/chain/client.ts'
import { FaultyRpc } from '../../src/chain/faults.ts'
import { httpRpc } from '../../src/chain/http-rpc.ts'
import { excludes, send } from '../../src/chain/outcome.ts'
import { RpcError, RpcUnreachable } from '../../src/chain/rpc.ts'
import { signedOpen, testChain } from '../support/chain.ts'

describe('an error that excludes the transaction', () => {
  test.each([
    [3, 'execution reverted: ChannelNotFound'],
    [-32_000, 'nonce too low: have 1, want 2'],
    [-32_000, 'insufficient funds for gas * price + value'],
    [-32_003, 'insufficient balance for fee'],
    [-32_000, 'transaction underpriced'],
    [-32_000, 'replacement transaction underpriced'],
    [-32_000, 'max fee per gas less than block base fee'],
    [-32_000, 'intrinsic gas too low'],
    [-32_000, 'invalid chain id: have 1, want 42431'],
    [-32_000, 'invalid sender'],
    [-32_003, 'Invalid signature'],
    [-32_000, 'transaction expired: validBefore 1 <= 2'],
    [-32_602, 'failed to decode transaction: not RLP'],
  ])('%i %s', (code, message) => expect(excludes(new RpcError(code, message))).toBe(true))
})

describe('an error that does not', () => {
  test.each([
    [-32_000, 'gateway timeout'],
    [-32_000, 'header not found'],
    [-32_000, 'request timed out'],
    [-32_000, 'already known'],
    [-32_000, 'context deadline exceeded'],
    [-32_005, 'rate limited'],
    [-32_603, 'internal error'],
    [-32_603, 'insufficient funds in the budget of this API key'],
    [-32_602, 'too many parameters'],
    [-32_601, 'the method does not exist'],
    [-32_099, 'no upstream is available'],
    [429, 'too many requests'],
  ])('%i %s', (code, message) => expect(excludes(new RpcError(code, message))).toBe(false))
  test('a broken connection', () => expect(excludes(new RpcUnreachable('http://node', 'cut'))).toBe(false))
})

function faulty() {
  const { chain, clock } = testChain()
  const node = new FaultyRpc(chain)
  const client = new ChainClient(node, { clock: () => clock.now, receiptTimeoutMs: 20 })
  return { chain, clock, node, client }
}

describe('what became of it', () => {
  test('mined: whatever the node answered', async () => {
    const { node, client } = faulty()
    for (const message of ['gateway timeout', 'nonce too low', 'transaction underpriced']) {
      const { raw } = await signedOpen(client)
      node.error('eth_sendRawTransaction', { times: 1, after: true, message })
      expect(await send(client, raw)).toMatchObject({ receipt: { success: true } })
      // Sent again it is the same transaction.
      expect(await send(client, raw)).toMatchObject({ receipt: { success: true } })
    }
  })
  test('refused: by a rule of the node, in its words', async () => {
    const { node, client } = faulty()
    const { raw } = await signedOpen(client)
    node.error('eth_sendRawTransaction', { times: 1, message: 'transaction underpriced' })
    expect(await send(client, raw)).toEqual({ refused: 'transaction underpriced' })
  })
  test('expired: refused, unless it was mined before', async () => {
    const { clock, client } = faulty()
    const { raw } = await signedOpen(client)
    clock.now += 60_000
    expect(await send(client, raw)).toMatchObject({ refused: expect.stringContaining('expired') })
  })
  test('not known: nothing was mined, and nothing excludes it', async () => {
    const { node, client, chain } = faulty()
    const { raw } = await signedOpen(client)
    node.error('eth_sendRawTransaction', { times: 1, message: 'gateway timeout' })
    expect(await send(client, raw)).toBe('unknown')
    chain.hold()
    expect(await send(client, raw)).toBe('unknown')
    // It waits to be mined.
    expect(await send(client, raw)).toBe('unknown')
    chain.release()
    expect(await send(client, raw)).toMatchObject({ receipt: { success: true } })
  })
  test('not known: the node cannot be asked for the receipt either', async () => {
    const { node, client } = faulty()
    const { raw } = await signedOpen(client)
    node.error('eth_sendRawTransaction', { times: 1, after: true })
    const heal = node.error('eth_getTransactionReceipt', {})
    expect(await send(client, raw)).toBe('unknown')
    heal()
    expect(await send(client, raw)).toMatchObject({ receipt: { success: true } })
  })
})

test.each([500, 502, 503, 504])(
  'HTTP %i is no answer of the node, also when it looks like one',
  async (status) => {
    const server = createServer((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: 1, error: { code: -32_000, message: 'nonce too low' } }),
      )
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const rpc = httpRpc(`http://127.0.0.1:${port}`)
    await expect(rpc.request({ method: 'eth_sendRawTransaction', params: ['0x76'] })).rejects.toThrow(
      `HTTP ${status}`,
    )
    await expect(rpc.request({ method: 'eth_chainId' })).rejects.toBeInstanceOf(RpcUnreachable)
    server.closeAllConnections()
    server.close()
  },
)
