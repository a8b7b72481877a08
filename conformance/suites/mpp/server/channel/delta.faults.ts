/** Servers that ask for a least increase and do not mean it. */
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { alterProblem } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const small = (detail: string) => refuse('session/delta-too-small', detail)

export const faults = [
  fault({
    name: 'any-increase',
    breaks: 'SESS-VOUCH-007',
    caughtBy: ['delta.too-small'],
    rules: { voucher: { enoughDelta: ok } },
  }),
  fault({
    name: 'small-increase-called-deposit',
    breaks: 'SESS-ERR-006',
    caughtBy: ['delta.too-small-label'],
    http: alterProblem((_, type) => type.endsWith('delta-too-small'), 'session/amount-exceeds-deposit'),
  }),
  fault({
    name: 'more-than-the-least-increase',
    breaks: 'SESS-VOUCH-007',
    caughtBy: ['delta.exactly'],
    rules: {
      voucher: {
        enoughDelta: ({ accepted }, { cumulativeAmount, minDelta }) =>
          cumulativeAmount <= accepted || cumulativeAmount - accepted > minDelta
            ? undefined
            : small('must exceed the least increase'),
      },
    },
  }),
  fault({
    name: 'least-increase-for-equals',
    breaks: 'SESS-VOUCH-006',
    caughtBy: ['delta.equal'],
    rules: {
      voucher: {
        // Not for the initial voucher: the books are read by repeating it.
        enoughDelta: (ledger, input) =>
          input.cumulativeAmount === ledger.accepted && ledger.accepted > 1_000n
            ? small('no increase')
            : Accounting.voucherRules.enoughDelta(ledger, input),
      },
    },
  }),
  fault({
    name: 'asks-below-the-least-increase',
    breaks: 'SESS-SSE-003',
    caughtBy: ['delta.asked'],
    rules: {
      books: { requiredCumulative: (ledger, cost) => Accounting.requiredCumulative(ledger, cost, 0n) },
    },
  }),
]
