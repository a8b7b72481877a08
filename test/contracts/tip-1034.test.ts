/** TIP-1034, "Invariants": all 18 by number, each with the checks that judge it at every step of the model. */
import { describe, expect, test } from 'vitest'
import { type Invariant, type InvariantName, invariants } from '../../conformance/fuzz/contract/invariants.ts'

/** The TIP's invariants in our words. */
const tip: Record<number, string> = {
  1: 'settled <= deposit',
  2: 'settled never falls',
  3: 'every capture has a voucher of the expected signer (E14)',
  4: 'only the payer tops up, requests a close, withdraws',
  5: 'only the payee or a nonzero operator settles and closes',
  6: 'a zero operator authorizes nobody',
  7: 'one storage slot a channel',
  8: 'closeRequestedAt of 0: no request',
  9: 'closeRequestedAt otherwise: the time of the request',
  10: 'closed channels leave no state',
  11: 'another transaction, another id',
  12: 'one id is not opened twice in a transaction',
  13: 'funds are conserved when a channel ends',
  14: 'channel calls are payment transactions',
  15: 'open and topUp need no approval',
  16: 'withdraw needs a request older than the grace',
  17: 'policies follow the path from payer to payee',
  18: 'settled <= capture <= voucher, capture <= deposit',
}

/** Not a rule of the contract: nothing here builds blocks with lanes, so there is nothing that could be wrong (K8). */
const outside = ['14']

const judged = (number: string) =>
  (Object.entries(invariants) as [InvariantName, Invariant][])
    .filter(([, { tip: numbers = [], only }]) => numbers.includes(Number(number)) && only !== 'v1')
    .map(([name]) => name)

describe('TIP-1034, "Invariants"', () => {
  test.each(Object.entries(tip).filter(([number]) => !outside.includes(number)))('%s: %s', (number) => {
    expect(judged(number)).not.toEqual([])
  })
  test('all 18 are named, and what is outside is judged by nothing', () => {
    expect(Object.keys(tip)).toHaveLength(18)
    expect(outside.flatMap(judged)).toEqual([])
  })
  test('no invariant stands for a number the TIP does not have', () => {
    const numbers = Object.values(invariants).flatMap(({ tip: all = [] }: Invariant) => all)
    expect(numbers.filter((number) => !(number in tip))).toEqual([])
  })
})
