/** Servers that are right when requests come one by one. */
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { amend, readThenWrite } from '../../../../peers/mpp/payee/store.ts'
import { alterReceipt, credentialOf, paying } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'each-open-starts-the-books-again',
    breaks: 'CORE-REPL-001',
    caughtBy: ['concurrency.open', 'audit.captured-is-delivered'],
    like: ['solana-foundation/pay-kit#211', 'CVE-2026-73829'],
    http:
      (handler, { store }) =>
      async (request) => {
        if (paying('open')(request))
          await amend(store, credentialOf(request)?.payload['channelId'], () => ({ spent: 0n }))
        return handler(request)
      },
  }),
  fault({
    name: 'charges-read-then-write',
    breaks: 'SESS-ACCT-004',
    caughtBy: [
      'concurrency.open',
      'concurrency.overspend',
      'concurrency.totals',
      'concurrency.close',
      'audit.captured-is-delivered',
    ],
    like: ['wevm/mppx#405', 'solana-foundation/pay-kit#211'],
    store: readThenWrite('spent'),
  }),
  fault({
    name: 'one-total-for-all',
    breaks: 'SESS-GEN-006',
    caughtBy: ['concurrency.totals', 'concurrency.order'],
    http: alterReceipt(
      (request) => request.method === 'GET',
      (receipt) => {
        receipt['spent'] = '1000'
      },
    ),
  }),
  fault({
    name: 'captures-without-what-is-under-way',
    breaks: 'SESS-CLOSE-012',
    caughtBy: ['concurrency.close', 'audit.captured-is-delivered'],
    rules: {
      books: { captureAmount: (ledger) => Uint.max(Accounting.captureAmount(ledger) - 1000n, 0n) },
    },
  }),
  fault({
    name: 'responses-after-close',
    breaks: 'SESS-CLOSE-012',
    caughtBy: ['concurrency.after-close', 'concurrency.close', 'audit.captured-is-delivered'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { voucher: { notOver: ok }, charge: { notOver: ok } },
  }),
]
