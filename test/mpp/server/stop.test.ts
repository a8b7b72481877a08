/** A payee that stops while authors do not listen and clients do not read: it waits for a time, and then claims. */
import { expect, test } from 'vitest'
import type { Payments } from '../../../src/mpp/server/payments.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const offer = { amount: '0.001' }
const never = new Promise<never>(() => undefined)
const deaf = async function* () {
  yield 'one'
  await never
}
const words = async function* () {
  for (;;) yield 'word'
}

const kinds = {
  'an author who does not listen to the signal': (pay: Payments) => pay.stream(offer, deaf),
  'an author who charges by hand and does not listen': (pay: Payments) =>
    pay.metered(offer, async function* (_, stream) {
      await stream.charge()
      yield 'one'
      await never
    }),
  'a client that does not read': (pay: Payments) => pay.stream(offer, words),
}

test.each(Object.entries(kinds))('%s holds nobody up: every channel is closed', async (_, make) => {
  const chain = newChain()
  const pay = paymentsOn(chain, { stopGraceMs: 20 })
  const handler = make(pay)
  const channel = await channelOf(handler, chain)
  const other = await channelOf(handler, chain)
  await channel.open()
  await other.open()
  const body = (await channel.voucher(5_000n, 'GET')).body?.getReader()
  await body?.read()
  const reading = body?.read()
  await pay.close()
  expect(await channel.captured()).toBeGreaterThanOrEqual(1_000n)
  expect(await other.captured()).toBe(0n)
  void Promise.allSettled([reading])
})

test('an answer that is never made is not waited for, and costs nothing', async () => {
  const chain = newChain()
  const pay = paymentsOn(chain, { stopGraceMs: 20 })
  const handler = pay.fixed(offer, () => never)
  const channel = await channelOf(handler, chain)
  await channel.open()
  void channel.voucher(5_000n, 'GET')
  await pay.close()
  expect(await channel.captured()).toBe(0n)
})

test('a stream that ends without its author has its receipt all the same', async () => {
  const chain = newChain()
  const pay = paymentsOn(chain)
  const handler = pay.stream(offer, deaf)
  const channel = await channelOf(handler, chain)
  await channel.open()
  const older = (await channel.voucher(5_000n, 'GET')).text()
  const newer = await channel.voucher(6_000n, 'GET')
  const text = await older
  expect(text).toContain('data: one')
  expect(text.trimEnd().split('\n\n').at(-1)).toContain('event: payment-receipt')
  await newer.body?.cancel()
  await pay.close()
  expect(await channel.captured()).toBe(1_000n)
})
