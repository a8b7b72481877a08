/** One account has one store: a channel that was used elsewhere is not taken over. */
import { expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import type { Rpc } from '../../../src/chain/rpc.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import type { ChannelStore } from '../../../src/mpp/server/store/store.ts'
import { reserveOn } from '../../support/contracts.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { rawPayer } from '../../support/raw-payer.ts'

const url = 'http://test/'
const serve = (chain: Rpc, store: ChannelStore = memoryStore()) =>
  paymentsOn(chain, { store }).fixed({ amount: '0.001' }, () => new Response('one'))

test('a channel that was used at another server, or before memory was lost, buys nothing here', async () => {
  const chain = newChain()
  const first = rawPayer(chain, serve(chain))
  const channel = await first.open(url)
  const voucher = await channel.voucher(5_000n)
  for (let i = 0; i < 5; i++) expect((await first.send(url, voucher)).status).toBe(200)
  expect((await first.send(url, voucher)).status).toBe(402)

  const second = rawPayer(chain, serve(chain))
  const ask = { challenge: await second.challenge(url) }
  for (const method of ['HEAD', 'GET']) {
    expect((await second.send(url, channel.open, { ...ask, method })).status).toBe(402)
    expect(
      (await second.send(url, { ...channel.open, ...voucher, action: 'open' }, { ...ask, method })).status,
    ).toBe(402)
  }
  expect((await second.send(url, voucher, ask)).status).toBe(410)
})

test('a channel whose payer opened it itself is not taken over', async () => {
  const chain = newChain()
  const { prepare, send } = rawPayer(chain, serve(chain))
  const { open } = await prepare(url, { initial: 1_000n })
  await new ChainClient(chain).broadcast(open.transaction)
  const answer = await send(url, open)
  expect(answer.status).toBe(402)
  expect(await answer.text()).toMatch(/opened past this server/)
})

test('an open that was sent before a crash and not recorded is taken up again', async () => {
  const chain = newChain()
  const disk = memoryStore()
  // The process dies when the channel is to be written: its open is on chain by then.
  const dying: ChannelStore = { ...disk, update: () => Promise.reject(new Error('killed')) }
  const before = rawPayer(chain, serve(chain, dying))
  const channel = await before.prepare(url, { initial: 1_000n })
  await expect(before.send(url, channel.open)).rejects.toThrow('killed')
  expect((await reserveOn(before.client).slot(channel.channelId)).deposit).toBeGreaterThan(0n)

  const after = rawPayer(chain, serve(chain, disk))
  expect((await after.send(url, channel.open)).status).toBe(200)
  expect((await disk.get(channel.channelId))?.ledger).toMatchObject({ accepted: 1_000n, spent: 1_000n })
})

test('an open that the chain refused leaves no mark: it is not adopted after it was used elsewhere', async () => {
  const chain = newChain()
  const refusing: Rpc = {
    request: async (request) => {
      if (request.method !== 'eth_sendRawTransaction') return chain.request(request)
      return chain.request({ ...request, params: ['0x76'] })
    },
  }
  const store = memoryStore()
  const here = rawPayer(chain, serve(refusing, store))
  const { open } = await here.prepare(url)
  expect((await here.send(url, open)).status).toBe(402)
  await new ChainClient(chain).broadcast(open.transaction)
  expect((await rawPayer(chain, serve(chain, store)).send(url, open)).status).toBe(402)
})
