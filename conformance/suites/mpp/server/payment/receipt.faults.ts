/** Servers whose receipts are missing, malformed, or open to caches. */
import {
  alterReceipt,
  crash,
  instead,
  onResponse,
  payloadOf,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'paid-without-receipt',
    breaks: 'CORE-RCPT-001',
    caughtBy: ['receipt.present'],
    http: onResponse((_, { headers }) => headers.has('payment-receipt'), withoutReceipt),
  }),
  fault({
    name: 'paid-content-for-all',
    breaks: 'CORE-RCPT-007',
    caughtBy: ['receipt.private'],
    like: ['GHSA-82qh-vrvm-gqvc'],
    http: onResponse(
      (_, { headers }) => headers.has('payment-receipt'),
      (response) => withHeaders(response, (headers) => headers.set('cache-control', 'public, max-age=60')),
    ),
  }),
  fault({
    name: 'padded-receipt',
    breaks: 'CORE-RCPT-002',
    caughtBy: ['receipt.encoding'],
    http: onResponse(
      (_, { headers }) => headers.has('payment-receipt'),
      (response) =>
        withHeaders(response, (headers) =>
          headers.set('payment-receipt', `${headers.get('payment-receipt')}==`),
        ),
    ),
  }),
  fault({
    name: 'receipt-without-reference',
    breaks: 'CORE-RCPT-003',
    caughtBy: ['receipt.members'],
    http: alterReceipt(
      () => true,
      (receipt) => delete receipt['reference'],
    ),
  }),
  fault({
    name: 'receipt-of-settled',
    breaks: 'CORE-RCPT-004',
    caughtBy: ['receipt.success'],
    http: alterReceipt(
      () => true,
      (receipt) => {
        receipt['status'] = 'settled'
      },
    ),
  }),
  fault({
    name: 'receipt-in-seconds',
    breaks: 'CORE-RCPT-006',
    caughtBy: ['receipt.timestamp'],
    http: alterReceipt(
      () => true,
      (receipt) => {
        receipt['timestamp'] = '1795000000'
      },
    ),
  }),
  fault({
    name: 'crashes-on-content',
    breaks: 'CORE-PROB-010',
    caughtBy: ['receipt.no-5xx'],
    http: instead((request) => request.method === 'GET' && payloadOf(request)['action'] === 'voucher', crash),
  }),
]
