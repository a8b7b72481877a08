/** What vouchers by nobody cost the node: the channel is read while a signature is checked, and not for everybody. */
import { describe, expect, test } from 'vitest'
import { type Rpc, RpcError } from '../../../src/chain/rpc.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { EarlyReads } from '../../../src/mpp/server/early-reads.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 1_000n
const stranger = devAccounts[5] as KeyAccount

/** A channel on a node that counts what it is asked at once and in all, and somebody who forges vouchers for it. */
async function sold(options: Partial<PayeeOptions> = {}) {
  const chain = newChain()
  const asked = { all: 0, now: 0, most: 0, down: false }
  const node: Rpc = {
    async request(request) {
      if (asked.down) throw new RpcError(-32_000, 'down')
      if (request.method !== 'eth_call') return chain.request(request)
      asked.all++
      asked.most = Math.max(asked.most, ++asked.now)
      // The answer takes a turn, so that questions can be under way together.
      await new Promise((resolve) => setImmediate(resolve))
      return chain.request(request).finally(() => asked.now--)
    },
  }
  const pay = paymentsOn(node, options)
  const handler = pay.fixed({ amount: '0.001', suggestedDeposit: '1' }, () => new Response('a'))
  const channel = await channelOf(handler, chain)
  expect((await channel.open(price)).status).toBe(200)
  expect((await channel.voucher(2n * price)).status).toBe(200)
  const forger = await channelOf(handler, chain, { account: stranger })
  const forge = async (amount: bigint) => {
    const signature = await forger.signature(amount)
    const { id: channelId, descriptor } = channel
    return channel.send(
      { action: 'voucher', channelId, descriptor, cumulativeAmount: amount, signature },
      'POST',
    )
  }
  /** Questions that some work costs, and how many of them at once. */
  const cost = async (work: () => Promise<unknown>) => {
    const before = asked.all
    asked.most = 0
    await work()
    // Readings that nobody waits for.
    while (asked.now > 0) await new Promise((resolve) => setImmediate(resolve))
    return { calls: asked.all - before, most: asked.most }
  }
  return { pay, channel, forge, cost, asked }
}
const times = <T>(count: number, work: (i: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, i) => work(i)))

describe('forged vouchers', () => {
  test('cost the node one question, one after the other or all together', async () => {
    const { pay, forge, cost } = await sold()
    const first = await cost(async () => {
      for (let i = 0; i < 20; i++) expect((await forge(3n * price + BigInt(i))).status).toBe(402)
    })
    expect(first).toEqual({ calls: 1, most: 1 })
    expect(await cost(() => times(50, (i) => forge(4n * price + BigInt(i))))).toEqual({ calls: 0, most: 0 })
    await pay.close()
  })

  test('cost it one more for each voucher of the payer, which is taken in any case', async () => {
    const { pay, channel, forge, cost } = await sold()
    const { calls } = await cost(async () => {
      for (let total = 3n; total <= 7n; total++) {
        await times(10, (i) => forge(20n * price + BigInt(i)))
        expect((await channel.voucher(total * price)).status).toBe(200)
      }
    })
    expect(calls).toBe(10)
    await pay.close()
  })

  test('beside vouchers of the payer leave those their own reading', async () => {
    const { pay, channel, forge, cost } = await sold()
    const taken: number[] = []
    await cost(() =>
      Promise.all([
        times(30, (i) => forge(9n * price + BigInt(i))),
        times(4, async (i) => taken.push((await channel.voucher(BigInt(i + 3) * price)).status)),
      ]),
    )
    expect(taken).toContain(200)
    await channel.requestClose()
    await times(10, (i) => forge(30n * price + BigInt(i)))
    expect((await channel.voucher(8n * price)).status).toBe(402)
    await pay.close()
  })
})

test("a payer's own vouchers above its deposit cost no more than its pace allows", async () => {
  const now = Date.now()
  const { pay, channel, cost } = await sold({ clock: () => now, vouchersPerSecond: 3 })
  const { calls } = await cost(async () => {
    for (let i = 0; i < 30; i++) await channel.voucher(2_000_000n + BigInt(i))
  })
  // One early, and one each of those that were not told to wait.
  expect(calls).toBeLessThanOrEqual(1 + 3)
  await pay.close()
})

test('a reading that failed and that nobody waited for ends nothing', async () => {
  const { pay, channel, forge, asked } = await sold()
  asked.down = true
  expect((await forge(3n * price)).status).toBe(402)
  asked.down = false
  expect((await channel.voucher(3n * price)).status).toBe(200)
  await pay.close()
})

test('a channel is read early while its last voucher was accepted, once at a time', async () => {
  const early = new EarlyReads()
  let reads = 0
  const begin = (id: '0x01' | '0x02' = '0x01') =>
    early.begin(id, async () => {
      reads++
    })
  await begin()
  expect(begin()).toBeUndefined()
  expect(begin('0x02')).toBeInstanceOf(Promise)
  early.accepted('0x01')
  await begin()
  expect(reads).toBe(3)
})
