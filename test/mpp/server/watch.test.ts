/** A payer that closes by force does not get back what it was sold: the payee sees the request, and claims. */
import { afterEach, describe, expect, test, vi } from 'vitest'
import { FaultyRpc } from '../../../src/chain/faults.ts'
import type { SessionProtocol } from '../../../src/contracts/voucher.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import type { Failure } from '../../../src/mpp/server/unclaimed.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 100_000n
const graceSeconds = 900

/** A channel on which nine units were delivered, paid by one voucher that is a unit ahead. */
async function sold(options: Partial<PayeeOptions> = {}, sessionProtocol: SessionProtocol = 'v2') {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const failures: Failure[] = []
  const store = memoryStore()
  const all = { store, onError: (failure: Failure) => failures.push(failure), ...options }
  const pay = paymentsOn(node, all)
  const offer = { amount: '0.1', suggestedDeposit: '1', sessionProtocol }
  const handler = pay.fixed(offer, () => new Response('goods'))
  const channel = await channelOf(handler, chain)
  expect((await channel.open()).status).toBe(200)
  expect((await channel.voucher(10n * price, 'GET')).status).toBe(200)
  for (let unit = 2; unit <= 9; unit++) expect((await channel.voucher(10n * price, 'GET')).status).toBe(200)
  return { chain, node, pay, handler, channel, failures, store, options: all, offer }
}
/** Nine units; a v1 close is paid a whole voucher, and the payer signed one of ten (spec/readings.md A5). */
const due = { v1: 10n * price, v2: 9n * price }

const settings: [string, Partial<PayeeOptions>][] = [
  ['none', {}],
  ['a threshold', { settleThreshold: 500_000n }],
  ['an interval', { settleIntervalMs: 3_600_000 }],
  ['an idle time', { closeIdleAfterMs: 3_600_000 }],
  ['threshold and idle time', { settleThreshold: 500_000n, closeIdleAfterMs: 3_600_000 }],
  ['interval and idle time', { settleIntervalMs: 3_600_000, closeIdleAfterMs: 3_600_000 }],
  ['all', { settleThreshold: 500_000n, settleIntervalMs: 3_600_000, closeIdleAfterMs: 3_600_000 }],
]
const cases = settings.flatMap(([name, options]) =>
  (['v2', 'v1'] as const).map((protocol) => [protocol, name, options] as const),
)

describe('a close request is answered with a close', () => {
  test.each(cases)('%s, settings: %s', async (protocol, _, options) => {
    const { chain, pay, channel } = await sold(options, protocol)
    await channel.requestClose()
    chain.increaseTime(60)
    await pay.tend()
    expect(await channel.captured()).toBe(due[protocol])
    chain.increaseTime(graceSeconds)
    expect(await channel.withdraw()).toBe(false)
    await pay.close()
  })

  test('v1: with the smallest voucher that covers what is owed', async () => {
    const { pay, channel } = await sold({}, 'v1')
    // A tenth unit is delivered, and more is signed.
    expect((await channel.voucher(10n * price, 'GET')).status).toBe(200)
    await channel.requestClose()
    await pay.tend()
    expect(await channel.captured()).toBe(10n * price)
    await pay.close()
  })
})

describe('without being asked', () => {
  afterEach(() => vi.useRealTimers())

  test.each(['v2', 'v1'] as const)('%s: within a minute, by default', async (protocol) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] })
    const { pay, channel } = await sold({}, protocol)
    await channel.requestClose()
    await vi.advanceTimersByTimeAsync(60_000)
    await vi.waitFor(async () => expect(await channel.captured()).toBe(due[protocol]))
    await pay.close()
  })

  test('at the start: requested while no process was there', async () => {
    const { chain, pay, channel, store, options } = await sold({
      store: { ...memoryStore(), durable: true },
    })
    await pay.close()
    await channel.requestClose()
    chain.increaseTime(graceSeconds - 1)
    const next = paymentsOn(chain, options)
    await vi.waitFor(async () => expect(await channel.captured()).toBe(due.v2))
    await next.close()
    expect(store).toBeDefined()
  })

  test('when a stream looks its channel up', async () => {
    const chain = newChain()
    let release: () => void = () => undefined
    const requested = new Promise<void>((resolve) => {
      release = resolve
    })
    const pay = paymentsOn(chain, { verifyIntervalMs: 0 })
    const handler = pay.stream({ amount: '0.1', suggestedDeposit: '1' }, async function* () {
      yield 'one'
      yield 'two'
      await requested
      yield 'three'
    })
    const channel = await channelOf(handler, chain)
    await channel.open()
    const answer = await channel.voucher(5n * price, 'GET')
    const reader = answer.body?.getReader()
    await reader?.read()
    await reader?.read()
    const third = reader?.read()
    await channel.requestClose()
    release()
    await third
    await reader?.read()
    await vi.waitFor(async () => expect(await channel.captured()).toBe(2n * price))
    await pay.close()
  })

  test('again when it did not succeed; each failure is told', async () => {
    const { node, pay, channel, failures } = await sold({ watchIntervalMs: 5 })
    const heal = node.error('eth_estimateGas', { message: 'overloaded' })
    await channel.requestClose()
    await vi.waitFor(() => expect(failures.length).toBeGreaterThan(1))
    expect(failures[0]).toMatchObject({ doing: 'close', channelId: channel.id, owed: 9n * price })
    heal()
    await vi.waitFor(async () => expect(await channel.captured()).toBe(due.v2))
    await pay.close()
  })
})

test('a request that is taken back in time is none', async () => {
  const { pay, channel } = await sold()
  await channel.requestClose()
  expect((await channel.send(await channel.signTopUp(price), 'POST')).status).toBe(200)
  await pay.tend()
  expect(await channel.captured()).toBeUndefined()
  expect((await channel.voucher(11n * price, 'GET')).status).toBe(200)
  await pay.close()
})

test('what owes nothing is left to its payer', async () => {
  const chain = newChain()
  const pay = paymentsOn(chain)
  const handler = pay.fixed({ amount: '0.1', suggestedDeposit: '1' }, () => new Response('goods'))
  const channel = await channelOf(handler, chain)
  await channel.open()
  await channel.requestClose()
  await pay.tend()
  expect(await channel.captured()).toBeUndefined()
  chain.increaseTime(graceSeconds)
  expect(await channel.withdraw()).toBe(true)
  await pay.tend()
  expect((await channel.voucher(price)).status).toBe(410)
  await pay.close()
})
