/** What is locked, and how many transactions that costs (issue 11, point 5). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { pathUsd } from '../../../src/contracts/token.ts'
import { devAccounts, type KeyAccount } from '../../../src/keys/accounts.ts'
import { feeReserve, openingDeposit, topUpAmount, withinFunds } from '../../../src/mpp/client/deposit.ts'
import { collect, payer, startKit } from '../../support/kit.ts'
import { terms } from '../../support/samples.ts'

const policy = { maxDeposit: 100_000n }
const { suggestedDeposit: _, ...unsuggested } = terms

describe('the opening deposit', () => {
  test.each([
    ['what is suggested', terms, policy, 40_000n, 'suggested'],
    ['at least a unit', { ...terms, suggestedDeposit: 10n }, policy, 1_000n, 'suggested'],
    ['at most the budget', { ...terms, suggestedDeposit: 10n ** 12n }, policy, 100_000n, 'suggested'],
    ['the budget where nothing is suggested', unsuggested, policy, 100_000n, 'budget'],
    ['the units asked for', terms, { ...policy, depositUnits: 7 }, 7_000n, 'units'],
    [
      'the units asked for, within the budget',
      unsuggested,
      { ...policy, depositUnits: 700 },
      100_000n,
      'units',
    ],
  ])('%s', (_name, asked, within, deposit, choice) => {
    expect(openingDeposit(asked, within)).toEqual({ deposit, choice })
  })

  test('is bounded by what the payer holds, less the fees', () => {
    expect(withinFunds(50_000n, 1_000n, 40_000n, false)).toBe(40_000n - feeReserve)
    expect(withinFunds(50_000n, 1_000n, 40_000n, true)).toBe(40_000n)
    expect(() => withinFunds(50_000n, 1_000n, feeReserve, false)).toThrow('holds 0.010')
  })
})

describe('a top-up', () => {
  test('adds as much as is deposited, what is missing if that is more, and no more than the budget', () => {
    expect(topUpAmount(41_000n, 40_000n, policy)).toBe(40_000n)
    expect(topUpAmount(90_000n, 40_000n, policy)).toBe(50_000n)
    expect(topUpAmount(81_000n, 80_000n, policy)).toBe(20_000n)
    expect(() => topUpAmount(100_001n, 100_000n, policy)).toThrow('the budget is 0.100')
  })

  test('the transactions for n units grow like log n, whatever was deposited first', () => {
    const sizes = fc.record({
      units: fc.integer({ min: 1, max: 1_000_000 }),
      price: fc.bigInt({ min: 1n, max: 10n ** 6n }),
      depositUnits: fc.integer({ min: 1, max: 1_000 }),
    })
    fc.assert(
      fc.property(sizes, ({ units, price, depositUnits }) => {
        const maxDeposit = price * BigInt(units) * 2n
        const asked = { ...unsuggested, amount: price }
        let { deposit } = openingDeposit(asked, { maxDeposit, depositUnits })
        let transactions = 1
        for (let next = deposit / price + 1n; next <= BigInt(units); next = deposit / price + 1n) {
          deposit += topUpAmount(next * price, deposit, { maxDeposit })
          transactions++
          expect(deposit <= maxDeposit).toBe(true)
        }
        expect(transactions).toBeLessThanOrEqual(2 + Math.log2(Math.max(1, units / depositUnits)))
        // Never more than twice what was used is locked.
        expect(deposit <= 2n * price * BigInt(Math.max(units, depositUnits))).toBe(true)
      }),
    )
  })
})

describe('a stream whose server suggests no deposit', () => {
  const start = () =>
    startKit((pay) =>
      pay.metered({ amount: '0.001', unitType: 'word' }, async function* (_request, stream) {
        yield JSON.stringify({ title: 'The Road Not Taken' })
        for (let i = 0; i < 42; i++) {
          await stream.charge()
          yield `word ${i}`
        }
      }),
    )

  test('is paid in two transactions: what the budget allows is deposited', async () => {
    await using kit = await start()
    const pay = kit.session({ maxDeposit: '1' })
    expect(await collect(pay.sse(kit.url))).toHaveLength(43)
    expect(pay.events).toContainEqual(
      expect.objectContaining({ type: 'open', deposit: 1_000_000n, choice: 'budget' }),
    )
    expect(await pay.close()).toMatchObject({ paid: 42_000n, refunded: 958_000n })
    expect(kit.chain.head.number).toBe(2)
  })

  test('or with a stated number of units, and top-ups that double', async () => {
    await using kit = await start()
    const pay = kit.session({ maxDeposit: '1', depositUnits: 5 })
    await collect(pay.sse(kit.url))
    expect(pay.events.flatMap((event) => (event.type === 'topUp' ? [event.deposit] : []))).toEqual([
      10_000n,
      20_000n,
      40_000n,
      80_000n,
    ])
    await pay.close()
  })

  test('a payer with less than the budget deposits what it has; with nothing it is told so', async () => {
    await using kit = await start()
    const poor = devAccounts[5] as KeyAccount
    const held = kit.chain.balance(poor.address)
    kit.chain.fund(payer.address, held)
    const spend = (left: bigint) => kit.chain.fund(poor.address, left, pathUsd)
    spend(60_000n)
    const pay = kit.session({ account: poor, maxDeposit: '1' })
    await collect(pay.sse(kit.url))
    expect(pay.channel?.deposit).toBe(50_000n)
    await pay.close()
    spend(5_000n)
    await expect(collect(kit.session({ account: poor }).sse(kit.url))).rejects.toMatchObject({
      code: 'insufficient-funds',
    })
  })
})
