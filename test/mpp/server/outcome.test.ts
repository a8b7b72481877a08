/** Transactions whose outcome is not known: nothing is lost, whichever of them it is and however the answer fails. */
import { describe, expect, test } from 'vitest'
import { FaultyRpc } from '../../../src/chain/faults.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import { authorize, challengeOf, signTransfers } from '../../support/charge.ts'
import { newChain, payee, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 100_000n
const send = 'eth_sendRawTransaction'

async function shop(sessionProtocol: SessionProtocol = 'v2', options: Partial<PayeeOptions> = {}) {
  const clock = { now: Date.now() }
  const chain = newChain(() => clock.now)
  const node = new FaultyRpc(chain)
  const store = memoryStore()
  const all = { clock: () => clock.now, store, claimTimeoutMs: 0, onError: () => undefined, ...options }
  const pay = paymentsOn(node, all)
  const handler = pay.fixed(
    { amount: '0.1', suggestedDeposit: '1', sessionProtocol },
    () => new Response('a'),
  )
  const channel = await channelOf(handler, chain)
  const buy = () => channel.voucher(10n * price, 'GET')
  return { chain, node, clock, pay, handler, channel, buy, store, options: all }
}

/** How the answer to a broadcast fails after the node took the transaction. */
const failures: [string, (node: FaultyRpc) => () => void][] = [
  ['an error after it was taken', (node) => node.error(send, { times: 1, after: true })],
  [
    'a rule that it does not break',
    (node) => node.error(send, { times: 1, after: true, message: 'nonce too low' }),
  ],
  [
    'an error, and no receipts for a while',
    (node) => {
      const ends = [
        node.error(send, { times: 1, after: true, code: -32_603, message: 'internal error' }),
        node.error('eth_getTransactionReceipt', {}),
      ]
      return () => {
        for (const end of ends) end()
      }
    },
  ],
]
const cases = (['v2', 'v1'] as const).flatMap((protocol) =>
  failures.map(([name, fail]) => [protocol, name, fail] as const),
)

describe.each(cases)('%s, %s', (protocol, _, fail) => {
  test('an open: sent again it is served, on one deposit', async () => {
    const { node, channel, buy, pay } = await shop(protocol)
    const heal = fail(node)
    const first = await channel.open()
    heal()
    if (first.status !== 200) expect((await channel.open()).status).toBe(200)
    expect((await buy()).status).toBe(200)
    expect((await channel.backing.slot(channel.id)).deposit).toBe(1_000_000n)
    await pay.close()
  })
  test('a top-up: sent again it counts once', async () => {
    const { node, channel, pay } = await shop(protocol)
    await channel.open()
    const topUp = await channel.signTopUp(price)
    const heal = fail(node)
    const first = await channel.send(topUp, 'POST')
    heal()
    if (first.status !== 200) expect((await channel.send(topUp, 'POST')).status).toBe(200)
    expect((await channel.voucher(11n * price)).status).toBe(200)
    expect((await channel.voucher(11n * price + 1n)).status).toBe(402)
    await pay.close()
  })
  test('a close: nothing more is served, and what was delivered is captured', async () => {
    const { node, channel, buy, pay } = await shop(protocol)
    await channel.open()
    await channel.voucher(price, 'GET')
    const heal = fail(node)
    const first = await channel.close(price)
    // Whatever it says, what is captured is fixed: more must not be delivered.
    expect((await buy()).status).toBeGreaterThanOrEqual(400)
    heal()
    if (first.status !== 200) expect((await channel.close(price)).status).toBe(200)
    expect(await channel.captured()).toBe(price)
    await pay.close()
  })
  test('a settlement: what follows is captured too', async () => {
    const { node, channel, buy, pay } = await shop(protocol, { settleThreshold: price })
    await channel.open()
    const heal = fail(node)
    await channel.voucher(price, 'GET')
    await pay.tend()
    heal()
    await pay.tend()
    expect((await buy()).status).toBe(200)
    expect((await channel.close(2n * price)).status).toBe(200)
    expect(await channel.captured()).toBe(2n * price)
    await pay.close()
  })
  test('a charge: the same credential gets what it paid for, once', async () => {
    const { node, pay, chain } = await shop(protocol)
    const handler = pay.charge({ amount: '0.1' }, () => new Response('goods'))
    const before = chain.balance(payee.address)
    const asked = challengeOf(await handler(new Request('http://shop.test/')))
    const payload = { type: 'transaction', signature: await signTransfers(chain, asked) }
    const ask = () => handler(new Request('http://shop.test/', { headers: authorize(asked, payload) }))
    const heal = fail(node)
    const first = await ask()
    heal()
    if (first.status !== 200) expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(402)
    expect(chain.balance(payee.address) - before).toBe(price)
    await pay.close()
  })
})

describe('a close that is not taken', () => {
  test('with the node gone: sent again as it was signed, by another process too', async () => {
    const { chain, node, channel, pay, options, store } = await shop('v2', {
      store: { ...memoryStore(), durable: true },
    })
    await channel.open()
    await channel.voucher(price, 'GET')
    const heal = node.error(send, { message: 'gateway timeout' })
    expect((await channel.close(price)).status).toBe(402)
    await pay.close()
    heal()
    const next = paymentsOn(chain, { ...options })
    await next.tend()
    expect(await channel.captured()).toBe(price)
    await next.close()
    expect(store.durable).toBe(false)
  })
  test('by a rule of the node: the channel goes on', async () => {
    const { node, channel, buy, pay } = await shop()
    await channel.open()
    await channel.voucher(price, 'GET')
    node.error(send, { times: 1, message: 'transaction underpriced' })
    expect((await channel.close(price)).status).toBe(402)
    expect((await buy()).status).toBe(200)
    expect((await channel.close(2n * price)).status).toBe(200)
    expect(await channel.captured()).toBe(2n * price)
    await pay.close()
  })
  test('and whose validity passes: the channel goes on', async () => {
    const { node, clock, channel, buy, pay } = await shop()
    await channel.open()
    await channel.voucher(price, 'GET')
    const heal = node.error(send, { message: 'gateway timeout' })
    expect((await channel.close(price)).status).toBe(402)
    heal()
    expect((await buy()).status).toBe(410)
    clock.now += 41_000
    expect((await buy()).status).toBe(200)
    expect((await channel.close(2n * price)).status).toBe(200)
    expect(await channel.captured()).toBe(2n * price)
    await pay.close()
  })
})

test('delivered 900,000: an error that hid a close does not make it 100,000', async () => {
  const { node, chain, channel, pay } = await shop()
  await channel.open()
  expect((await channel.voucher(9n * price, 'GET')).status).toBe(200)
  chain.hold()
  node.error(send, { times: 1, after: true, code: -32_603, message: '504 gateway timeout' })
  expect((await channel.close(9n * price)).status).toBe(402)
  let delivered = 1n
  while ((await channel.voucher(9n * price, 'GET')).status === 200) delivered++
  chain.release()
  await pay.tend()
  expect(await channel.captured()).toBe(delivered * price)
  await pay.close()
})
