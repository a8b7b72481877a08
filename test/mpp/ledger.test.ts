/** The books of a channel: spent <= accepted <= deposit, and none of them falls. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Accounting from '../../src/mpp/ledger.ts'

type Step =
  | ['voucher', bigint]
  | ['charge', bigint]
  | ['deposit', bigint]
  | ['request-close']
  | ['close', bigint]
const amount = fc.bigInt(0n, 60n)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('voucher' as const), amount),
  fc.tuple(fc.constant('charge' as const), fc.bigInt(1n, 20n)),
  fc.tuple(fc.constant('deposit' as const), fc.bigInt(1n, 20n)),
  fc.tuple(fc.constant('request-close' as const)),
  fc.tuple(fc.constant('close' as const), amount),
)

function take(ledger: Accounting.Ledger, [name, value = 0n]: Step | [string, bigint?]): Accounting.Ledger {
  switch (name) {
    case 'voucher': {
      const input = { cumulativeAmount: value, minDelta: 2n }
      return Accounting.firstRefusal(Accounting.voucherRules, ledger, input)
        ? ledger
        : Accounting.acceptVoucher(ledger, input)
    }
    case 'charge': {
      const input = { cost: value, units: 1 }
      return Accounting.firstRefusal(Accounting.chargeRules, ledger, input)
        ? ledger
        : Accounting.charge(ledger, input)
    }
    case 'deposit':
      return Accounting.observe(ledger, { ...ledger, deposit: ledger.deposit + value, closeRequestedAt: 0 })
    case 'request-close':
      return Accounting.observe(ledger, { ...ledger, closeRequestedAt: 7 })
    default:
      return Accounting.firstRefusal(Accounting.closeRules, ledger, { cumulativeAmount: value })
        ? ledger
        : { ...ledger, phase: 'closed' }
  }
}

describe('accounting', () => {
  test('holds its invariants through any sequence', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let ledger = Accounting.open(30n, 10n)
        for (const next of steps) {
          const after = take(ledger, next)
          expect(after.spent <= after.accepted && after.accepted <= after.deposit).toBe(true)
          expect(
            after.spent >= ledger.spent &&
              after.accepted >= ledger.accepted &&
              after.deposit >= ledger.deposit,
          ).toBe(true)
          if (ledger.phase === 'closed')
            expect(after).toEqual({
              ...after,
              phase: 'closed',
              spent: ledger.spent,
              accepted: ledger.accepted,
            })
          if (ledger.closeRequestedAt !== 0 && after.closeRequestedAt !== 0)
            expect(after.spent).toBe(ledger.spent)
          ledger = after
        }
        expect(Accounting.captureAmount(ledger)).toBe(
          ledger.spent > ledger.settled ? ledger.spent : ledger.settled,
        )
      }),
      { numRuns: 500 },
    )
  })

  const ledger = Accounting.open(100n, 50n)
  const voucher = (cumulativeAmount: bigint, minDelta = 0n) =>
    Accounting.firstRefusal(Accounting.voucherRules, ledger, { cumulativeAmount, minDelta })?.problem
  test('vouchers', () => {
    expect(voucher(49n)).toBe('session/delta-too-small')
    expect(voucher(50n, 10n)).toBeUndefined()
    expect(voucher(59n, 10n)).toBe('session/delta-too-small')
    expect(voucher(60n, 10n)).toBeUndefined()
    expect(voucher(100n)).toBeUndefined()
    expect(voucher(101n)).toBe('session/amount-exceeds-deposit')
    expect(Accounting.acceptVoucher(ledger, { cumulativeAmount: 50n, minDelta: 0n })).toBe(ledger)
  })

  test('an unpaid charge says what is missing', () => {
    const refusal = Accounting.firstRefusal(
      Accounting.chargeRules,
      { ...ledger, spent: 45n },
      { cost: 10n, units: 1 },
    )
    expect(refusal).toMatchObject({
      problem: 'session/insufficient-balance',
      extensions: { requiredTopUp: '5' },
    })
  })

  test('every refusal says why', () => {
    const { voucherRules, chargeRules, closeRules } = Accounting
    const refusals = [
      Accounting.firstRefusal(voucherRules, ledger, { cumulativeAmount: 49n, minDelta: 0n }),
      Accounting.firstRefusal(voucherRules, ledger, { cumulativeAmount: 59n, minDelta: 10n }),
      Accounting.firstRefusal(voucherRules, ledger, { cumulativeAmount: 101n, minDelta: 0n }),
      Accounting.firstRefusal(chargeRules, ledger, { cost: 51n, units: 1 }),
      Accounting.firstRefusal(chargeRules, { ...ledger, closeRequestedAt: 5 }, { cost: 1n, units: 1 }),
      Accounting.firstRefusal(chargeRules, { ...ledger, phase: 'closing' }, { cost: 1n, units: 1 }),
      Accounting.firstRefusal(closeRules, { ...ledger, spent: 9n }, { cumulativeAmount: 8n }),
    ]
    for (const refusal of refusals) expect(refusal?.detail).toMatch(/[a-z]/)
  })

  test('what was settled before cannot be spent again', () => {
    expect(Accounting.available(Accounting.open(100n, 50n, 30n))).toBe(20n)
  })

  test('the next total pays the next unit and the least increase', () => {
    expect(Accounting.requiredCumulative({ ...ledger, spent: 50n }, 10n, 0n)).toBe(60n)
    expect(Accounting.requiredCumulative({ ...ledger, spent: 50n }, 10n, 25n)).toBe(75n)
    expect(Accounting.requiredCumulative({ ...ledger, spent: 0n }, 10n, 0n)).toBe(51n)
  })

  test('a channel that is gone from chain is over', () => {
    const gone = Accounting.observe(ledger, { deposit: 0n, settled: 0n, closeRequestedAt: 0 })
    expect(gone).toEqual({ ...ledger, phase: 'closed' })
  })

  test('a pending close bars vouchers and charges, not the close', () => {
    const closing = { ...ledger, closeRequestedAt: 5 }
    expect(
      Accounting.firstRefusal(Accounting.voucherRules, closing, { cumulativeAmount: 60n, minDelta: 0n }),
    ).toBeDefined()
    expect(Accounting.firstRefusal(Accounting.chargeRules, closing, { cost: 1n, units: 1 })).toBeDefined()
    expect(Accounting.firstRefusal(Accounting.closeRules, closing, { cumulativeAmount: 50n })).toBeUndefined()
  })
})
