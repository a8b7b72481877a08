/** Faults that the receipt scenario catches: clients that do not look at one thing. */
import { receiptRules } from '../../../../src/x402/client/receipt.ts'
import { fault } from './fault.ts'

const { settled: _settled, ...anyOutcome } = receiptRules
const { transaction: _transaction, ...anyTransaction } = receiptRules
const { network: _network, ...anyNetwork } = receiptRules
const { payer: _payer, ...anyPayer } = receiptRules

export const receiptFaults = [
  fault({
    name: 'wants-no-receipt',
    breaks: 'X-CLI-017',
    caughtBy: ['receipt.missing'],
    options: { requireReceipt: false },
  }),
  fault({
    name: 'takes-a-failure-for-a-receipt',
    breaks: 'X-CLI-017',
    caughtBy: ['receipt.failed'],
    options: { receiptRules: anyOutcome },
  }),
  fault({
    name: 'takes-a-receipt-without-transaction',
    breaks: 'X-CLI-017',
    caughtBy: ['receipt.transaction'],
    options: { receiptRules: anyTransaction },
  }),
  fault({
    name: 'takes-a-receipt-of-another-network',
    breaks: 'X-CLI-017',
    caughtBy: ['receipt.network'],
    options: { receiptRules: anyNetwork },
  }),
  fault({
    name: 'takes-the-receipt-of-another-payer',
    breaks: 'X-CLI-017',
    caughtBy: ['receipt.payer'],
    options: { receiptRules: anyPayer },
  }),
]
