/** Whatever a payer signs, a payee that pays its fees loses no more than it agreed to (SESS-FEE-011 to 014). */
import { describe, expect, test } from 'vitest'
import { FaultyRpc } from '../../../src/chain/faults.ts'
import type { MemoryChain } from '../../../src/chain/memory/chain.ts'
import * as Reserve from '../../../src/contracts/reserve.ts'
import { encodeCall } from '../../../src/contracts/reserve-abi.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import type { Handler } from '../../../src/mpp/server/payments.ts'
import { authorize, challengeOf, signTransfers } from '../../support/charge.ts'
import { newChain, payee, payer, paymentsOn } from '../../support/kit.ts'
import { token } from '../../support/samples.ts'
import { type Change, detailOf, sponsoredPayer, stranger } from '../../support/sponsored.ts'

const poem = (chain: PayeeOptions['chain'], options: Partial<PayeeOptions> = {}): Handler =>
  paymentsOn(chain, options).stream({ amount: '0.001', feePayer: true }, async function* () {
    yield 'word'
  })
/** What a one-call transaction costs on these chains, in base units. */
const fee = 1_000n
const deposit = 40_000n

/** What the payee has, and how often anything was mined. */
const position = (chain: MemoryChain) => ({ payee: chain.balance(payee.address), head: chain.head.number })

test('reverting opens of a stranger without a balance cost nothing', async () => {
  const chain = newChain()
  const before = position(chain)
  const own = sponsoredPayer(poem(chain), chain, stranger(chain))
  for (let i = 0; i < 200; i++) {
    const response = await own.open(deposit)
    expect(response.status).toBe(402)
    if (i === 0) expect(await detailOf(response)).toContain('would not succeed')
  }
  expect(position(chain)).toEqual(before)
})

describe('a transaction that may cost too much is neither signed nor sent', () => {
  const now = () => Math.floor(Date.now() / 1000)
  const base = 20_000_000_000n
  const ether = 10n ** 18n
  const odd: Record<string, [Change | (() => Change), string]> = {
    'a gas limit of 30M': [{ gas: 30_000_000n }, 'gas limit'],
    'a gas limit one above the cap': [{ gas: 3_000_001n, maxFeePerGas: base }, 'gas limit'],
    'a price of 1e18': [{ maxFeePerGas: ether }, 'maxFeePerGas'],
    'a tip of 1e18': [{ maxFeePerGas: ether, maxPriorityFeePerGas: ether }, 'maxFeePerGas'],
    'a tip above the cap': [
      { maxFeePerGas: 90_000_000_000n, maxPriorityFeePerGas: 60_000_000_000n },
      'maxPriority',
    ],
    'a tip above the price': [{ maxFeePerGas: base, maxPriorityFeePerGas: base + 1n }, 'maxPriority'],
    'a product above the cap': [{ gas: 2_000_000n, maxFeePerGas: 2n * base + base }, 'may cost 120000'],
    'the nonce key 0': [{ nonceKey: 0n, nonce: 0n }, 'nonce key'],
    'a nonce key of its own': [{ nonceKey: 7n, nonce: 0n }, 'nonce key'],
    'an access list': [{ gas: 200_000n, accessList: [{ address: token, storageKeys: [] }] }, 'access list'],
    'no end': [{ validBefore: 0 }, 'over within'],
    'a day': [() => ({ validBefore: now() + 86_400 }), 'over within'],
    'validity that is over': [() => ({ validBefore: now() - 1 }), 'not valid now'],
    'validity that is to come': [() => ({ validAfter: now() + 20 }), 'not valid now'],
    'less gas than it needs': [{ gas: 49_999n }, 'would not succeed'],
  }
  test.each(Object.entries(odd))('%s', async (_, [odd, why]) => {
    const change = typeof odd === 'function' ? odd() : odd
    const chain = newChain()
    const own = sponsoredPayer(poem(chain), chain, payer)
    const before = position(chain)
    const response = await own.open(deposit, { change })
    expect(response.status).toBe(402)
    expect(await detailOf(response)).toContain(why)
    expect(position(chain)).toEqual(before)
    expect((await own.open(deposit)).status).toBe(200)
  })

  test('calldata with more behind it', async () => {
    const chain = newChain()
    const own = sponsoredPayer(poem(chain), chain, payer)
    const opened = await own.prepare(deposit)
    expect((await own.send(opened.payload)).status).toBe(200)
    const before = position(chain)
    const { descriptor, channelId } = opened
    const call = encodeCall({ type: 'topUp', descriptor, additionalDeposit: 5_000n })
    const calls = [{ to: Reserve.address, data: `${call}${'ff'.repeat(32)}` as const }]
    const response = await own.topUp({ descriptor, channelId, payload: opened.payload }, 5_000n, {
      change: { calls },
    })
    expect(await detailOf(response)).toContain('calldata')
    expect(position(chain)).toEqual(before)
    expect((await own.topUp(opened, 5_000n)).status).toBe(200)
  })

  test('two calls', async () => {
    const chain = newChain()
    const own = sponsoredPayer(poem(chain), chain, payer)
    const before = position(chain)
    const call = { to: token, data: '0x' as const }
    expect((await own.open(deposit, { change: { calls: [call, call] } })).status).toBe(402)
    expect(position(chain)).toEqual(before)
  })

  test('the caps are options', async () => {
    const chain = newChain()
    const sponsor = { maxGas: 40_000n }
    expect(
      await detailOf(await sponsoredPayer(poem(chain, { sponsor }), chain, payer).open(deposit)),
    ).toContain('40000')
    expect(() => poem(chain, { sponsor: { maxFee: -1n } })).toThrow(TypeError)
    expect(() => poem(chain, { sponsor: { minDepositFees: 0.5 } })).toThrow(TypeError)
  })
})

test('top-ups and charges that revert cost nothing either', async () => {
  const chain = newChain()
  const poor = stranger(chain, deposit)
  const own = sponsoredPayer(poem(chain), chain, poor)
  const opened = await own.prepare(deposit)
  expect((await own.send(opened.payload)).status).toBe(200)
  const before = position(chain)
  expect(await detailOf(await own.topUp(opened, 10_000n))).toContain('would not succeed')
  const line = paymentsOn(chain).charge({ amount: '0.010', feePayer: true }, () => new Response('a line'))
  const challenge = challengeOf(await line(new Request('http://test.example/line')))
  const charge = async (account = poor) => {
    chain.fund(account.address, 10_000n)
    const signature = await signTransfers(chain, challenge, { account })
    chain.fund(account.address, account === poor ? 0n : 10_000n)
    const headers = authorize(challenge, { type: 'transaction', signature })
    return line(new Request('http://test.example/line', { headers }))
  }
  expect(await detailOf(await charge())).toContain('would not succeed')
  expect(position(chain)).toEqual(before)
  // The challenge was not used up by it.
  const paid = await charge(stranger(chain))
  expect(await paid.text()).toBe('a line')
  expect(chain.balance(payee.address)).toBe(before.payee + 10_000n - fee)
})

test('a deposit that cannot bring in its fee is not worth one', async () => {
  const chain = newChain()
  const own = sponsoredPayer(poem(chain), chain, payer)
  const before = position(chain)
  const response = await own.open(fee)
  expect(await detailOf(response)).toContain(`more than ${fee}`)
  expect(position(chain)).toEqual(before)
  expect((await own.open(fee + 1n)).status).toBe(200)
})

describe('opens and closes in circles', () => {
  /** Opens and closes until it is refused; answers how often it was not. */
  async function circle(own: ReturnType<typeof sponsoredPayer>, most = 100): Promise<number> {
    for (let i = 0; i < most; i++) {
      const opened = await own.prepare(deposit)
      const response = await own.send(opened.payload)
      if (response.status === 402) return i
      expect((await own.close(opened)).status).toBe(200)
    }
    return most
  }

  test('cost no more than a payer’s budget, a minute’s, and a day’s', async () => {
    const clock = { now: Date.now() }
    const chain = newChain(() => clock.now)
    const sponsor = { maxFeesPerPayerPerMinute: 10_000n, maxFeesPerMinute: 15_000n, maxFeesPerDay: 21_000n }
    const handler = poem(chain, { sponsor, clock: () => clock.now })
    const enter = (account = stranger(chain, deposit)) =>
      sponsoredPayer(handler, chain, account, () => clock.now)
    const start = chain.balance(payee.address)
    const lost = () => start - chain.balance(payee.address)
    const first = enter()
    expect(await circle(first)).toBe(5)
    expect(lost()).toBe(10_000n)
    // Other payers have what is left of the minute.
    expect(await circle(enter())).toBe(2)
    expect(await circle(enter())).toBe(0)
    expect(lost()).toBe(14_000n)
    clock.now += 60_001
    // And then of the day.
    expect(await circle(first)).toBe(3)
    expect(lost()).toBe(20_000n)
    clock.now += 60_001
    expect(await circle(first)).toBe(0)
    clock.now += 86_400_000
    expect(await circle(first)).toBe(5)
  })

  test('of as many payers as one likes cost no more than a minute’s budget by default', async () => {
    const chain = newChain()
    const handler = poem(chain, { sponsor: { maxFeesPerMinute: 40_000n } })
    const start = chain.balance(payee.address)
    let sum = 0
    for (let i = 0; i < 30; i++)
      sum += await circle(sponsoredPayer(handler, chain, stranger(chain, deposit)), 1)
    expect(sum).toBe(20)
    expect(start - chain.balance(payee.address)).toBe(40_000n)
  })
})

test('many opens of one payer at once are paid for as far as its money goes', async () => {
  const chain = newChain()
  const own = sponsoredPayer(poem(chain), chain, stranger(chain, deposit))
  const start = chain.balance(payee.address)
  const opens = await Promise.all(Array.from({ length: 20 }, () => own.prepare(deposit)))
  const answers = await Promise.all(opens.map(({ payload }) => own.send(payload)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  expect(start - chain.balance(payee.address)).toBe(fee)
})

test('an open whose answer was lost is taken up again, though it would not succeed a second time', async () => {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const own = sponsoredPayer(poem(node), chain, stranger(chain, deposit))
  const opened = await own.prepare(deposit)
  node.error('eth_sendRawTransaction', { times: 1, after: true, code: -32_603, message: 'gateway timeout' })
  const first = await own.send(opened.payload)
  if (first.status === 402) expect((await own.send(opened.payload)).status).toBe(200)
  expect((await own.close(opened)).status).toBe(200)
})

test('a node that cannot simulate pays for nothing', async () => {
  const chain = newChain()
  const node = new FaultyRpc(chain)
  const own = sponsoredPayer(poem(node), chain, payer)
  const before = position(chain)
  node.error('eth_call', { message: 'rate limited', when: ([request]) => 'calls' in (request as object) })
  expect((await own.open(deposit)).status).toBe(402)
  expect(position(chain)).toEqual(before)
  node.heal()
  expect((await own.open(deposit)).status).toBe(200)
})
