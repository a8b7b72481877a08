/** A node that denies a channel, once or for long: it buys nothing meanwhile, and what is owed stays claimable. */
import { describe, expect, test } from 'vitest'
import { FaultyRpc } from '../../../src/chain/faults.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import { blocksToProve } from '../../../src/mpp/server/actions/refresh.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 100_000n

/** A channel on which five units were delivered. */
async function sold(sessionProtocol: SessionProtocol = 'v2') {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const pay = paymentsOn(node, { onError: () => undefined, claimTimeoutMs: 0, verifyIntervalMs: 0 })
  const handler = pay.fixed(
    { amount: '0.1', suggestedDeposit: '1', sessionProtocol },
    () => new Response('a'),
  )
  const channel = await channelOf(handler, chain)
  await channel.open()
  for (let i = 0; i < 5; i++) expect((await channel.voucher(5n * price, 'GET')).status).toBe(200)
  return { chain, node, pay, channel, next: (units: bigint) => channel.voucher(units * price, 'GET') }
}

const zeros = (answer: unknown) => `0x${'0'.repeat(String(answer).length - 2)}`
/** Any view answers as of a channel that was never opened. */
const denies = (node: FaultyRpc, times = Infinity) => node.answer('eth_call', zeros, { times })
/** As the first block had it: before the open. */
const isBehind = (node: FaultyRpc) => {
  const ends = [
    denies(node),
    node.answer('eth_blockNumber', () => '0x0'),
    node.answer('eth_getLogs', () => []),
  ]
  return () => {
    for (const end of ends) end()
  }
}

describe.each(['v2', 'v1'] as const)('%s', (protocol) => {
  test('one stale read is looked at twice, and changes nothing', async () => {
    const { node, next, channel, pay } = await sold(protocol)
    denies(node, 1)
    expect((await next(6n)).status).toBe(200)
    expect((await channel.close(6n * price)).status).toBe(200)
    expect(await channel.captured()).toBe(6n * price)
    await pay.close()
  })

  test.each([
    ['denies it', denies],
    ['is behind', isBehind],
  ])('a node that %s: refused at once, served when it recovers', async (_, fails) => {
    const { node, next, channel, pay } = await sold(protocol)
    const heal = fails(node)
    for (let i = 0; i < 3; i++) expect((await next(6n)).status).toBe(410)
    heal()
    expect((await next(6n)).status).toBe(200)
    expect((await channel.close(6n * price)).status).toBe(200)
    expect(await channel.captured()).toBe(6n * price)
    await pay.close()
  })

  test('the payer closes when the node recovers', async () => {
    const { node, next, channel, pay } = await sold(protocol)
    const heal = denies(node)
    expect((await next(6n)).status).toBe(410)
    heal()
    expect((await channel.close(5n * price)).status).toBe(200)
    expect(await channel.captured()).toBe(5n * price)
    await pay.close()
  })

  test('the payee claims when the node recovers, also after many blocks of a node that is behind', async () => {
    const { chain, node, next, channel, pay } = await sold(protocol)
    const heal = isBehind(node)
    for (let i = 0; i < 3 * blocksToProve; i++) {
      chain.mine()
      await pay.tend()
    }
    expect((await next(6n)).status).toBe(410)
    heal()
    await channel.requestClose()
    await pay.tend()
    expect(await channel.captured()).toBe(5n * price)
    await pay.close()
  })

  test('a channel that is missing over several blocks is over', async () => {
    const { chain, node, next, pay } = await sold(protocol)
    const heal = denies(node)
    await pay.tend()
    for (let i = 1; i < blocksToProve; i++) chain.mine()
    await pay.tend()
    heal()
    // One block too few: it is there again, and the count begins anew.
    expect((await next(6n)).status).toBe(200)
    const again = denies(node)
    await pay.tend()
    for (let i = 0; i < blocksToProve; i++) chain.mine()
    await pay.tend()
    again()
    expect((await next(7n)).status).toBe(410)
    await pay.close()
  })

  test('a channel whose end was emitted is over at once', async () => {
    const { chain, next, channel, pay } = await sold(protocol)
    await channel.requestClose()
    chain.increaseTime(900)
    expect(await channel.withdraw()).toBe(true)
    expect((await next(6n)).status).toBe(410)
    await pay.close()
  })
})

test('a deposit that looks lower than it is refuses what it does not cover, and nothing else', async () => {
  const { node, channel, pay } = await sold()
  expect((await channel.send(await channel.signTopUp(5n * price), 'POST')).status).toBe(200)
  const lower = (answer: unknown) => {
    const [settled, , requested] = String(answer).slice(2).match(/.{64}/g) as string[]
    return `0x${settled}${(6n * price).toString(16).padStart(64, '0')}${requested}`
  }
  const heal = node.answer('eth_call', lower)
  expect((await channel.voucher(12n * price)).status).toBe(402)
  heal()
  expect((await channel.voucher(12n * price, 'GET')).status).toBe(200)
  expect((await channel.close(12n * price)).status).toBe(200)
  expect(await channel.captured()).toBe(6n * price)
  await pay.close()
})

test('a stream ends when the node denies its channel; what it delivered is captured', async () => {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const pay = paymentsOn(node, { verifyIntervalMs: 0, onError: () => undefined })
  const handler = pay.stream({ amount: '0.1', suggestedDeposit: '1' }, async function* () {
    for (;;) {
      yield 'word'
      // One after the other: what is there at once leaves together.
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  const channel = await channelOf(handler, chain)
  await channel.open()
  const reader = (await channel.voucher(5n * price, 'GET')).body?.getReader()
  await reader?.read()
  const heal = denies(node)
  const rest: Uint8Array[] = []
  for (let next = await reader?.read(); next?.value !== undefined; next = await reader?.read())
    rest.push(next.value)
  heal()
  // The receipt alone.
  expect(rest).toHaveLength(1)
  expect((await channel.close(price)).status).toBe(200)
  expect(await channel.captured()).toBe(price)
  await pay.close()
})
