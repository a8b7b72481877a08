/** What bounds a payee: how often vouchers may come, and which of them are kept. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limiter } from '../../../src/http/limiter.ts'
import {
  closingVoucher,
  highest,
  maxRetained,
  type Retained,
  retain,
  settleable,
} from '../../../src/mpp/server/retained.ts'

describe('the voucher limiter', () => {
  test('lets a burst through, then the rate', () => {
    const clock = { now: 0 }
    const vouchers = limiter(10, () => clock.now)
    expect(Array.from({ length: 10 }, () => vouchers.take('a'))).toEqual(Array(10).fill(0))
    expect(vouchers.take('a')).toBe(1)
    expect(vouchers.take('b')).toBe(0)
    clock.now += 100
    expect(vouchers.take('a')).toBe(0)
    expect(vouchers.take('a')).toBe(1)
  })

  test('says how long to wait without taking anything', () => {
    const vouchers = limiter(2, () => 0)
    for (let i = 0; i < 100; i++) expect(vouchers.wait('a')).toBe(0)
    expect([vouchers.take('a'), vouchers.take('a'), vouchers.wait('a')]).toEqual([0, 0, 1])
  })
})

describe('the vouchers that are kept', () => {
  const voucher = (cumulativeAmount: bigint) => ({ cumulativeAmount, signature: '0x00' as const })
  /** Adds them in order; the books stay as given. */
  const kept = (amounts: bigint[], books: { spent: bigint; settled: bigint }) =>
    amounts.reduce<Retained>((all, amount) => retain(all, voucher(amount), books), [])

  test('are the best to settle, the nearest to cover, and the highest', () => {
    const books = { spent: 25n, settled: 0n }
    const all = kept([10n, 20n, 30n, 40n], books)
    expect(settleable(all, books)?.cumulativeAmount).toBe(20n)
    expect(closingVoucher(all, books)?.cumulativeAmount).toBe(30n)
    expect(highest(all)?.cumulativeAmount).toBe(40n)
  })

  test('a v1 close shows the least that covers what was consumed, also the one it came with', () => {
    const books = { spent: 25n, settled: 0n }
    const all = kept([10n, 20n, 30n, 40n], books)
    const closing = (asked?: bigint, at = books) =>
      closingVoucher(all, at, asked === undefined ? undefined : voucher(asked))?.cumulativeAmount
    expect(closing(25n)).toBe(25n)
    expect(closing(35n)).toBe(30n)
    expect(closing(24n)).toBe(30n)
    expect(closing(undefined, { spent: 41n, settled: 0n })).toBeUndefined()
  })

  test('a v1 close of what is settled already needs no signature', () => {
    const unsigned = { cumulativeAmount: 30n, signature: '0x' }
    expect(closingVoucher([voucher(40n)], { spent: 25n, settled: 30n }, voucher(35n))).toEqual(unsigned)
    expect(closingVoucher([], { spent: 0n, settled: 0n })).toMatchObject({ cumulativeAmount: 0n })
  })

  test('nothing to settle when all of it is settled, or none of it was delivered', () => {
    expect(
      settleable(kept([10n, 20n], { spent: 25n, settled: 20n }), { spent: 25n, settled: 20n }),
    ).toBeUndefined()
    expect(settleable(kept([10n], { spent: 5n, settled: 0n }), { spent: 5n, settled: 0n })).toBeUndefined()
  })

  test('never lose the accepted amount nor a delivered one, and stay few', () => {
    const steps = fc.array(fc.tuple(fc.bigInt(1n, 50n), fc.bigInt(0n, 60n)), { maxLength: 200 })
    fc.assert(
      fc.property(steps, (moves) => {
        let [accepted, spent] = [0n, 0n]
        let all: Retained = []
        let delivered = 0n
        for (const [more, use] of moves) {
          accepted += more
          all = retain(all, voucher(accepted), { spent, settled: 0n })
          expect(highest(all)?.cumulativeAmount).toBe(accepted)
          spent = spent + use > accepted ? accepted : spent + use
          const best = settleable(all, { spent, settled: 0n })?.cumulativeAmount ?? 0n
          expect(best).toBeGreaterThanOrEqual(delivered)
          expect(best).toBeLessThanOrEqual(spent)
          delivered = best
          expect(all.length).toBeLessThanOrEqual(maxRetained)
          const close = closingVoucher(all, { spent, settled: 0n })?.cumulativeAmount ?? -1n
          expect(close).toBeGreaterThanOrEqual(spent)
        }
      }),
    )
  })
})
