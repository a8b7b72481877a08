/** Faults that the receipt scenario catches. */
import { devAccounts } from '../../../../src/keys/accounts.ts'
import { isStream } from '../../../peers/answers.ts'
import { rewritingReceipts, withoutReceipts } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

export const receiptFaults = [
  fault({
    name: 'gives-no-receipt',
    breaks: 'X-RCPT-001',
    caughtBy: ['receipt.there'],
    http: withoutReceipts(() => true),
  }),
  fault({
    name: 'gives-receipts-with-streams-alone',
    breaks: 'X-RCPT-001',
    caughtBy: ['receipt.there'],
    http: withoutReceipts((response) => !isStream(response)),
  }),
  fault({
    name: 'says-that-it-failed',
    breaks: 'X-RCPT-002',
    caughtBy: ['receipt.success'],
    http: rewritingReceipts((said) => {
      said['success'] = false
    }),
  }),
  fault({
    name: 'names-another-transaction',
    breaks: 'X-RCPT-003',
    caughtBy: ['receipt.transaction'],
    http: rewritingReceipts((said) => {
      said['transaction'] = `0x${'cd'.repeat(32)}`
    }),
  }),
  fault({
    name: 'names-no-transaction',
    breaks: 'X-RCPT-003',
    caughtBy: ['receipt.transaction'],
    http: rewritingReceipts((said) => {
      said['transaction'] = ''
    }),
  }),
  fault({
    name: 'names-another-network',
    breaks: 'X-RCPT-004',
    caughtBy: ['receipt.network'],
    http: rewritingReceipts((said) => {
      said['network'] = 'eip155:1'
    }),
  }),
  fault({
    name: 'names-another-payer',
    breaks: 'X-RCPT-005',
    caughtBy: ['receipt.payer'],
    http: rewritingReceipts((said) => {
      said['payer'] = devAccounts[7]?.address ?? ''
    }),
  }),
]
