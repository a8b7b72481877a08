/** How old a look at the chain may be: vouchers rest on a fresh one, refusals never on an old one (reading F6). */
import { expect, test } from 'vitest'
import type { Rpc } from '../../../src/chain/rpc.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import { Readings } from '../../../src/mpp/server/readings.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const price = 100_000n

/** A channel of ten units, one delivered, on a node that counts its calls, by a clock that the test moves. */
async function sold(options: Partial<PayeeOptions> = { voucherReadingMs: 5_000 }) {
  const chain = newChain()
  let calls = 0
  const node: Rpc = {
    request(request) {
      if (request.method === 'eth_call') calls++
      return chain.request(request)
    },
  }
  const time = { ms: Date.now() }
  const pay = paymentsOn(node, { clock: () => time.ms, ...options })
  // It looks at its channels once when it begins: timers of one length end in their order.
  await new Promise((resolve) => setTimeout(resolve, 0))
  const handler = pay.fixed({ amount: '0.1', suggestedDeposit: '1' }, () => new Response('a'))
  const channel = await channelOf(handler, chain)
  expect((await channel.open()).status).toBe(200)
  expect((await channel.voucher(price, 'GET')).status).toBe(200)
  const counted = async (units: bigint) => {
    const before = calls
    const { status } = await channel.voucher(units * price, 'GET')
    return { status, looks: calls - before }
  }
  return { pay, channel, counted, time, chain }
}

test('while a look is fresh the node is not asked, then it is asked once', async () => {
  const { pay, counted, time } = await sold()
  expect(await counted(2n)).toEqual({ status: 200, looks: 0 })
  time.ms += 4_999
  expect(await counted(3n)).toEqual({ status: 200, looks: 0 })
  time.ms += 1
  expect(await counted(4n)).toEqual({ status: 200, looks: 1 })
  expect(await counted(5n)).toEqual({ status: 200, looks: 0 })
  await pay.close()
})

test.each([{ voucherReadingMs: 0 }, {}])('%j reads the chain for each voucher', async (options) => {
  const { pay, counted } = await sold(options)
  for (const units of [2n, 3n]) expect(await counted(units)).toEqual({ status: 200, looks: 1 })
  await pay.close()
})

test('what is refused was looked up just now', async () => {
  const { pay, counted } = await sold()
  const { status, looks } = await counted(11n)
  expect(status).toBe(402)
  expect(looks).toBeGreaterThan(0)
  await pay.close()
})

test('a close request is seen when the look is no longer fresh, and then by each voucher', async () => {
  const { pay, channel, counted, time } = await sold()
  await channel.requestClose()
  time.ms += 5_000
  expect((await counted(2n)).status).not.toBe(200)
  expect((await counted(2n)).status).not.toBe(200)
  await pay.close()
})

test('a clock that was set back makes nothing fresh', () => {
  let now = 10_000
  const readings = new Readings({ clock: () => now, maxAgeMs: 5_000 })
  readings.seen('0x01', readings.now())
  expect(readings.isFresh('0x01')).toBe(true)
  now = 9_999
  expect(readings.isFresh('0x01')).toBe(false)
  now = 10_001
  readings.forget('0x01')
  expect(readings.isFresh('0x01')).toBe(false)
})
