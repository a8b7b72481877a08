/** A payee that ends while its node is down: it tries, says what is owed, and what it says can be claimed later. */
import { describe, expect, test, vi } from 'vitest'
import { FaultyRpc } from '../../../src/chain/faults.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import { type Failure, UnclaimedChannels } from '../../../src/mpp/server/unclaimed.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 100_000n

/** A channel on which three units were delivered. */
async function sold(options: Partial<PayeeOptions> = {}) {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const failures: Failure[] = []
  const all = {
    store: memoryStore(),
    onError: (failure: Failure) => failures.push(failure),
    claimTimeoutMs: 50,
    ...options,
  }
  const pay = paymentsOn(node, all)
  const handler = pay.fixed({ amount: '0.1', suggestedDeposit: '1' }, () => new Response('a'))
  const channel = await channelOf(handler, chain)
  await channel.open()
  for (let i = 0; i < 3; i++) expect((await channel.voucher(3n * price, 'GET')).status).toBe(200)
  return { chain, node, pay, channel, failures, options: all }
}
const down = (node: FaultyRpc) =>
  ['eth_call', 'eth_sendRawTransaction', 'eth_estimateGas', 'eth_getTransactionReceipt'].map((method) =>
    node.error(method, { message: 'bad gateway' }),
  )

describe('in memory', () => {
  test('the channels and what is owed on them are named, with what claims them', async () => {
    const { chain, node, pay, channel, failures, options } = await sold()
    down(node)
    const ended = await pay.close().catch((error: unknown) => error)
    expect(ended).toBeInstanceOf(UnclaimedChannels)
    const { channels, message } = ended as UnclaimedChannels
    expect(message).toBe(`1 channel is not claimed: ${channel.id} v2 0.300`)
    expect(failures.at(-1)).toMatchObject({ doing: 'close', channelId: channel.id, owed: 3n * price })
    const store = memoryStore()
    for (const record of channels) await store.update(record.channelId, () => ({ record, answer: undefined }))
    await paymentsOn(chain, { ...options, store }).close()
    expect(await channel.captured()).toBe(3n * price)
  })

  test('a node that comes back in time is no loss', async () => {
    const { node, pay, channel, failures } = await sold({ claimTimeoutMs: 60_000 })
    const heal = down(node)
    const ended = pay.close()
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(0))
    for (const end of heal) end()
    await ended
    expect(await channel.captured()).toBe(3n * price)
  })

  test('a close whose answer is lost is found, not sent twice', async () => {
    const { node, pay, channel } = await sold({ claimTimeoutMs: 60_000 })
    node.error('eth_sendRawTransaction', { times: 1, after: true, message: 'gateway timeout' })
    await pay.close()
    expect(await channel.captured()).toBe(3n * price)
    expect(await channel.backing.closings(channel.id)).toHaveLength(1)
  })

  test('what owes nothing is not named', async () => {
    const { node, pay, channel } = await sold()
    expect((await channel.close(3n * price)).status).toBe(200)
    down(node)
    await pay.close()
  })
})

describe('on disk', () => {
  const durable = () => ({ ...memoryStore(), durable: true, close: async () => undefined })
  test('channels wait for the next start', async () => {
    const { node, pay, channel, chain, options } = await sold({ store: durable() })
    const heal = down(node)
    await pay.close()
    for (const end of heal) end()
    const next = paymentsOn(chain, options)
    await channel.requestClose()
    await next.tend()
    expect(await channel.captured()).toBe(3n * price)
    await next.close()
  })
  test('those whose payer has requested the close are named: they may not wait', async () => {
    const { node, pay, channel, failures } = await sold({ store: durable(), verifyIntervalMs: 0 })
    await channel.requestClose()
    expect((await channel.voucher(4n * price)).status).toBe(402)
    down(node)
    await expect(pay.close()).rejects.toThrow(UnclaimedChannels)
    expect(failures.length).toBeGreaterThan(0)
  })
})

test('by default failures are warned of', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const pay = paymentsOn(node, { claimTimeoutMs: 0 })
  const handler = pay.fixed({ amount: '0.1', suggestedDeposit: '1' }, () => new Response('a'))
  const channel = await channelOf(handler, chain)
  await channel.open()
  await channel.voucher(price, 'GET')
  down(node)
  await expect(pay.close()).rejects.toThrow('0.100')
  expect(warn.mock.calls[0]?.[0]).toContain(`cannot close channel ${channel.id}, on which 0.100 is owed`)
  warn.mockRestore()
})
