/** Servers that do not notice that the payer has requested the close, or that treat it as requested without end. */
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'vouchers-while-closing',
    breaks: 'SESS-VOUCH-004',
    caughtBy: ['pending-close.voucher'],
    like: ['wevm/mppx#142', 'tempoxyz/mpp-specs#127'],
    rules: { voucher: { noPendingClose: ok } },
  }),
  fault({
    name: 'serves-while-closing',
    breaks: 'SESS-REORG-002',
    caughtBy: ['pending-close.voucher', 'pending-close.spend', 'pending-close.mid-stream'],
    like: ['wevm/mppx#405', 'wevm/mppx#498', 'GHSA-8x4m-qw58-3pcx'],
    rules: { voucher: { noPendingClose: ok }, charge: { noPendingClose: ok } },
  }),
  fault({
    name: 'closing-for-ever',
    breaks: 'SESS-TOPUP-012',
    caughtBy: ['pending-close.resumes'],
    rules: {
      books: {
        observe: (ledger, seen) => ({
          ...Accounting.observe(ledger, seen),
          closeRequestedAt: Math.max(ledger.closeRequestedAt, seen.closeRequestedAt),
        }),
      },
    },
  }),
  fault({
    name: 'opens-while-closing',
    breaks: 'SESS-OPEN-012',
    caughtBy: ['pending-close.open'],
    rules: { opening: { notUsedElsewhere: ok }, opened: { notClosing: ok } },
  }),
  fault({
    name: 'no-close-while-closing',
    breaks: 'SESS-CLOSE-011',
    caughtBy: ['pending-close.close', 'pending-close.captures-spent'],
    rules: {
      close: {
        notOver: ({ closeRequestedAt }) =>
          closeRequestedAt === 0 ? undefined : refuse('verification-failed', 'the payer closes it already'),
      },
    },
  }),
]
