/** How often vouchers may come, and whom it counts against. */
import { describe, expect, test } from 'vitest'
import type { Bytes32 } from '../../../src/codec/hex.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import * as Accounting from '../../../src/mpp/ledger.ts'
import { Pace } from '../../../src/mpp/server/pace.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import type * as Payload from '../../../src/mpp/wire/payload.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { rawPayer } from '../../support/raw-payer.ts'

const channelId: Bytes32 = `0x${'11'.repeat(32)}`

describe('the pace of verified vouchers', () => {
  const options = { vouchersPerSecond: 10, refusedPerSecond: 10, clock: () => 0 }
  const ledger = { ...Accounting.open(1_000n, 100n), spent: 50n }
  const usual = { channelId, ledger, cumulativeAmount: 100n, price: 10n, wantsContent: false, held: 0n }
  /** How many of fifty go on. */
  const passed = (submit: (pace: Pace, i: number) => number, pace = new Pace(options)) =>
    Array.from({ length: 50 }, (_, i) => submit(pace, i)).filter((wait) => wait === 0).length

  test.each([
    ['vouchers that change nothing', 10, usual],
    ['steps smaller than a unit', 10, { ...usual, cumulativeAmount: 105n }],
    ['vouchers above the deposit', 10, { ...usual, cumulativeAmount: 5_000n }],
    ['lower vouchers', 10, { ...usual, cumulativeAmount: 60n }],
    ['content that is paid for', 50, { ...usual, wantsContent: true }],
    ['content that is not paid for', 10, { ...usual, ledger: { ...ledger, spent: 95n }, wantsContent: true }],
    ['content whose price is held for others', 10, { ...usual, wantsContent: true, held: 45n }],
    [
      'content that a small step pays for',
      50,
      { ...usual, ledger: { ...ledger, spent: 95n }, wantsContent: true, cumulativeAmount: 105n },
    ],
  ])('%s: %i of 50', (_, most, submitted) => {
    expect(passed((pace) => pace.submit(submitted))).toBe(most)
  })

  test('each step of a unit goes on once, however many vouchers for it are under way', () => {
    expect(passed((pace, i) => pace.submit({ ...usual, cumulativeAmount: 110n + BigInt(i) * 10n }))).toBe(50)
    expect(passed((pace) => pace.submit({ ...usual, cumulativeAmount: 110n }))).toBe(11)
  })

  test('content that was not to be had counts afterwards', () => {
    const served = (pace: Pace) => {
      const wait = pace.submit({ ...usual, wantsContent: true })
      if (wait === 0) pace.unserved(channelId)
      return wait
    }
    expect(passed(served)).toBe(10)
  })
})

/** A server whose clock stands still: nobody gets a second chance. */
function stopped(options: Partial<PayeeOptions> = {}) {
  const now = Date.now()
  const chain = newChain(() => now)
  const pay = paymentsOn(chain, { clock: () => now, ...options })
  const handle = pay.fixed({ amount: '0.001' }, () => new Response('one'))
  return { chain, handle, ...rawPayer(chain, handle) }
}
const url = 'http://test/'
const statuses = (answers: readonly Response[]) => answers.map(({ status }) => status)

test('forged vouchers for a channel do not stop its payer, and their sender is told to wait', async () => {
  const sender = (request: Request) => request.headers.get('x-sender') ?? undefined
  const { open, send, challenge } = stopped({ sender, refusedPerSecond: 20 })
  const channel = await open(url)
  const echo = await challenge(url)
  const by = (name: string, payload: Payload.Payload, method = 'HEAD') =>
    send(url, payload, { challenge: echo, method, headers: { 'x-sender': name } })
  const [, , stranger] = devAccounts as [KeyAccount, KeyAccount, KeyAccount]
  const forged = await Promise.all(
    Array.from({ length: 50 }, async (_, i) =>
      by('forger', await channel.voucher(1_000n * BigInt(i), stranger)),
    ),
  )
  expect(statuses(forged).filter((status) => status === 402)).toHaveLength(20)
  expect(statuses(forged).filter((status) => status === 429)).toHaveLength(30)
  // The payer goes on, from any address, with a step for each word.
  for (let i = 1; i <= 40; i++)
    expect((await by('payer', await channel.voucher(1_000n * BigInt(i)))).status).toBe(200)
  expect((await by('forger', await channel.voucher(41_000n))).status).toBe(200)
})

test('who has paid ahead is not limited to ten requests a second', async () => {
  const { open, send, challenge } = stopped()
  const channel = await open(url)
  const voucher = await channel.voucher(100_000n)
  const echo = await challenge(url)
  const answers = await Promise.all(
    Array.from({ length: 120 }, () => send(url, voucher, { challenge: echo })),
  )
  expect(statuses(answers).filter((status) => status === 200)).toHaveLength(100)
})

test('an open sent again counts like the voucher in it', async () => {
  const { open, send, challenge } = stopped()
  const channel = await open(url, { initial: 0n })
  const echo = await challenge(url)
  const again = await Promise.all(
    Array.from({ length: 50 }, () => send(url, channel.open, { challenge: echo, method: 'HEAD' })),
  )
  expect(statuses(again).filter((status) => status === 200)).toHaveLength(10)
})
