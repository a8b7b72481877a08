/** Servers that charge for content they could not deliver. */
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { at, inventedReceipt, payloadOf, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'receipts-on-errors',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['failure.no-receipt'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (!at('/failing')(request) || response.status !== 500) return response
      const receipt = inventedReceipt(request).headers.get('payment-receipt') ?? ''
      return withHeaders(response, (headers) => headers.set('payment-receipt', receipt))
    },
  }),
  fault({
    name: 'charges-for-errors',
    breaks: 'SESS-CLOSE-004',
    caughtBy: ['failure.not-charged', 'failure.still-paid', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        if (at('/failing')(request) && response.status === 500)
          await amend(store, payloadOf(request)['channelId'], ({ spent, accepted }) => ({
            spent: spent + 1000n > accepted ? accepted : spent + 1000n,
          }))
        return response
      },
  }),
]
