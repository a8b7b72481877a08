/** A node that misbehaves on request, as code that pays sees it. */
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../src/chain/client.ts'
import { FaultyRpc } from '../../src/chain/faults.ts'
import * as Reserve from '../../src/contracts/reserve.ts'
import { signedOpen, testChain } from '../support/chain.ts'
import { reserveOn } from '../support/contracts.ts'
import { payer } from '../support/kit.ts'
import { address } from '../support/samples.ts'

function faulty() {
  const { chain, clock } = testChain()
  const node = new FaultyRpc(chain)
  const client = new ChainClient(node, { clock: () => clock.now, receiptTimeoutMs: 20 })
  return { chain, node, client }
}
const ask = (node: FaultyRpc, hash: string) =>
  node.request({ method: 'eth_getTransactionReceipt', params: [hash] })

describe('faults', () => {
  test('a receipt is late, and comes', async () => {
    const { chain, node, client } = faulty()
    const { hash } = chain.send((await signedOpen(client)).raw)
    node.delayReceipts({ times: 2 })
    expect(await ask(node, `0x${'11'.repeat(32)}`)).toBeNull()
    expect(await ask(node, hash)).toBeNull()
    expect(await ask(node, hash)).toBeNull()
    expect(await ask(node, hash)).toMatchObject({ status: '0x1' })
    node.delayReceipts()
    await expect(client.receipt(hash)).rejects.toThrow('no receipt')
    node.heal()
    expect((await client.receipt(hash)).success).toBe(true)
  })

  test('a receipt says 0x0, names another contract, or lacks logs; the chain knows better', async () => {
    const { node, client } = faulty()
    const { raw, channelId } = await signedOpen(client)
    const end = node.failReceipts()
    const receipt = await client.broadcast(raw)
    expect(receipt).toMatchObject({ success: false, logs: [] })
    end()
    node.moveLogs(address('99'), { times: 1 })
    const moved = await client.receipt(receipt.hash)
    expect(moved.success).toBe(true)
    expect(reserveOn(client).events(moved.logs)).toEqual([])
    expect(new Set(moved.logs.map((log) => log.address))).toEqual(new Set([address('99')]))
    node.dropLogs({ times: 1, which: (log) => log.address === Reserve.address })
    const dropped = await client.receipt(receipt.hash)
    expect(reserveOn(client).events(dropped.logs)).toEqual([])
    expect(dropped.logs).toHaveLength(1)
    const { logs } = await client.receipt(receipt.hash)
    expect(reserveOn(client).events(logs)).toMatchObject([{ name: 'ChannelOpened', channelId }])
    expect((await reserveOn(client).slot(channelId)).deposit).toBe(10_000n)
  })

  test('an error before the node acted, and one after', async () => {
    const { chain, node, client } = faulty()
    const { raw, channelId } = await signedOpen(client)
    node.error('eth_sendRawTransaction', { times: 1, code: -32005, message: 'rate limited' })
    await expect(client.broadcast(raw)).rejects.toMatchObject({ code: -32005, message: 'rate limited' })
    expect(chain.head.number).toBe(0)
    node.error('eth_sendRawTransaction', { times: 1, after: true })
    await expect(client.broadcast(raw)).rejects.toThrow('injected fault')
    expect((await reserveOn(client).slot(channelId)).deposit).toBe(10_000n)
    // Whoever sends it again learns that it arrived.
    await expect(client.broadcast(raw)).rejects.toThrow('already known')
    expect(chain.balance(payer.address)).toBe(1_000_000_000_000n - 10_000n - 1_000n)
  })
})
