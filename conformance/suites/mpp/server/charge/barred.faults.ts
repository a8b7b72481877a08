/** Servers that turn away a payer who has paid, and say so wrongly. */
import {
  at,
  crash,
  inventedReceipt,
  unpaid,
  type Wrap,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Answers paid requests for what is barred otherwise. */
const onBarred =
  (change: (response: Response, request: Request) => Response): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    return at('/barred')(request) && !unpaid(request) ? change(response, request) : response
  }

export const faults = [
  fault({
    name: 'asks-the-barred-to-pay-again',
    breaks: 'CORE-STAT-006',
    caughtBy: ['barred.forbidden'],
    http: onBarred((response) => withStatus(response, 402)),
  }),
  fault({
    name: 'receipts-for-the-barred',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['barred.no-receipt'],
    http: onBarred((response, request) => {
      const receipt = inventedReceipt(request).headers.get('payment-receipt') ?? ''
      return withHeaders(response, (headers) => headers.set('payment-receipt', receipt))
    }),
  }),
  fault({
    name: 'crashes-on-the-barred',
    breaks: 'CORE-PROB-010',
    caughtBy: ['barred.no-5xx', 'barred.forbidden'],
    http: onBarred(crash),
  }),
  fault({
    name: 'takes-charges-from-the-barred',
    breaks: 'CHG-010',
    caughtBy: ['barred.not-taken', 'audit.charged-is-delivered'],
    http: (handler) => async (request) => {
      if (!at('/barred')(request) || unpaid(request)) return handler(request)
      const { method, headers } = request
      // The terms are those of another resource, so the payment is good there.
      await handler(new Request(new URL('/charge', request.url), { method, headers }))
      return handler(request)
    },
  }),
]
