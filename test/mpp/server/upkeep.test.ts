/** What a payee does on its own: settles, closes, and ends well. */
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import type { Event } from '../../../src/contracts/reserve.ts'
import { poemServer } from '../../../src/mpp/server/example/server.ts'
import { words } from '../../../src/mpp/server/example/text.ts'
import { payments } from '../../../src/mpp/server/payments.ts'
import { memoryStore } from '../../../src/mpp/server/store/memory.ts'
import { reserveOn } from '../../support/contracts.ts'
import { collect, type Kit, newChain, payee, startKit } from '../../support/kit.ts'

const opened = (pay: ReturnType<Kit['session']>) =>
  pay.events.find((event) => event.type === 'open') as { channelId: `0x${string}`; deposit: bigint }

/** Resolves when the channel looks as it should on chain; the test's limit ends a wait in vain. */
async function onChain(
  kit: Kit,
  id: `0x${string}`,
  holds: (slot: { settled: bigint; deposit: bigint }) => boolean,
) {
  const reserve = reserveOn(new ChainClient(kit.chain))
  while (!holds(await reserve.slot(id))) await new Promise((resolve) => setImmediate(resolve))
}
const closing = async (kit: Kit, id: `0x${string}`): Promise<Event | undefined> =>
  (await reserveOn(new ChainClient(kit.chain)).closings(id))[0]

describe('settlement', () => {
  test('by threshold: what was delivered is settled while the channel goes on', async () => {
    await using kit = await startKit(undefined, { settleThreshold: 20_000n })
    const pay = kit.session()
    expect(await collect(pay.sse(kit.url))).toHaveLength(words.length)
    const { channelId } = opened(pay)
    await onChain(kit, channelId, ({ settled }) => settled >= 20_000n)
    expect(await pay.close()).toMatchObject({ spent: 1000n * BigInt(words.length) })
    expect(await closing(kit, channelId)).toMatchObject({ settledToPayee: 1000n * BigInt(words.length) })
  })

  test('by interval', async () => {
    await using kit = await startKit(undefined, { settleIntervalMs: 20 })
    const pay = kit.session()
    await collect(pay.sse(kit.url))
    const { channelId } = opened(pay)
    await onChain(kit, channelId, ({ settled }) => settled === 1000n * BigInt(words.length))
    await pay.close()
    await kit.pay.close()
  })

  test('never of what was not delivered', async () => {
    await using kit = await startKit(undefined, { settleThreshold: 1n })
    const pay = kit.session({ unitsPerEvent: 10 })
    const stream = pay.sse(kit.url)[Symbol.asyncIterator]()
    await stream.next()
    await stream.return?.(undefined)
    const receipt = await pay.close()
    const { channelId } = opened(pay)
    expect(await closing(kit, channelId)).toMatchObject({ settledToPayee: receipt?.spent })
  })
})

test('an idle channel is closed: what is owed is captured, the rest refunded', async () => {
  const clock = { now: Date.now() }
  await using kit = await startKit(undefined, { closeIdleAfterMs: 500, clock: () => clock.now })
  const pay = kit.session()
  await collect(pay.sse(kit.url))
  const { channelId } = opened(pay)
  clock.now += 500
  await onChain(kit, channelId, ({ deposit }) => deposit === 0n)
  expect(await closing(kit, channelId)).toMatchObject({ settledToPayee: 1000n * BigInt(words.length) })
  await kit.pay.close()
})

describe('the end of a payee', () => {
  test('a running stream ends with its receipt; what only this process knows is closed', async () => {
    await using kit = await startKit((payee) =>
      payee.metered({ amount: '0.001', suggestedDeposit: '1' }, async function* (_, paid) {
        await paid.charge()
        for (;;) yield 'x'.repeat(100_000)
      }),
    )
    const pay = kit.session()
    const stream = pay.sse(kit.url)[Symbol.asyncIterator]()
    await stream.next()
    const ended = kit.pay.close()
    for (let next = await stream.next(); !next.done; ) next = await stream.next()
    expect(pay.events.at(-1)).toMatchObject({ type: 'receipt', receipt: { spent: 1000n } })
    await ended
    const { channelId } = opened(pay)
    expect(await closing(kit, channelId)).toMatchObject({ settledToPayee: 1000n })
    expect((await fetch(kit.url)).status).toBe(503)
  })

  test('a durable store keeps its channels, and another process goes on with them', async () => {
    // A memory store that outlives the payee stands for a disk.
    const store = { ...memoryStore(), durable: true, close: async () => undefined }
    const chain = newChain()
    const options = {
      account: payee,
      chain,
      secretKey: 'a secret that has at least 32 bytes',
      realm: 'test',
      store,
    }
    await using kit = await startKit(undefined, options)
    const second = poemServer(payments(options))
    let restarted = false
    const pay = kit.session({
      chain,
      fetch: (input, init) => (restarted ? second(new Request(input, init)) : fetch(input, init)),
    })
    await collect(pay.sse(kit.url))
    await kit.pay.close()
    restarted = true
    expect(await collect(pay.sse(kit.url))).toHaveLength(words.length)
    expect(await pay.close()).toMatchObject({ spent: 2000n * BigInt(words.length) })
  })
})
