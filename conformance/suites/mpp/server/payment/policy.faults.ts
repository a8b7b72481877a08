/** Servers that turn a payer away by policy, and say so wrongly or charge for it. */
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  at,
  crash,
  instead,
  onResponse,
  payloadOf,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const onForbidden = (change: (headers: Headers) => void) =>
  onResponse(
    (_, { status }) => status === 403,
    (response) => withHeaders(response, change),
  )

export const faults = [
  fault({
    name: 'policy-as-402',
    breaks: 'CORE-STAT-006',
    caughtBy: ['policy.forbidden'],
    http: onResponse(
      (_, { status }) => status === 403,
      (response) => withStatus(response, 402),
    ),
  }),
  fault({
    name: 'challenge-with-403',
    breaks: 'CORE-STAT-006',
    caughtBy: ['policy.no-challenge'],
    http: onForbidden((headers) => headers.set('www-authenticate', 'Payment id="x", realm="x"')),
  }),
  fault({
    name: 'receipt-with-403',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['policy.no-receipt'],
    http: onForbidden((headers) => headers.set('payment-receipt', 'eyJzdGF0dXMiOiJmYWlsZWQifQ')),
  }),
  fault({
    name: 'charges-who-it-turns-away',
    breaks: 'SESS-CLOSE-004',
    caughtBy: ['policy.not-charged', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        const channelId = payloadOf(request)['channelId']
        if (response.status === 403) await amend(store, channelId, ({ accepted }) => ({ spent: accepted }))
        return response
      },
  }),
  fault({
    name: 'crashes-for-policy',
    breaks: 'CORE-PROB-010',
    caughtBy: ['policy.no-5xx', 'policy.forbidden'],
    http: instead(
      (request) =>
        at('/forbidden')(request) && request.method === 'GET' && payloadOf(request)['action'] !== undefined,
      crash,
    ),
  }),
]
