/** Faults that the failure scenario catches. */

import { onResponse } from '../../../peers/answers.ts'
import { forgeable } from '../../../peers/x402/payee/forgeable.ts'
import { heldBack } from '../../../peers/x402/payee/held-back.ts'
import { isPaid, withoutReceipts } from '../../../peers/x402/payee/wire.ts'
import { doneMark } from '../../../peers/x402/payer/answer.ts'
import { fault } from './fault.ts'

const failed = ({ status }: Response) => status >= 500

export const failureFaults = [
  fault({
    name: 'sells-failures-as-answers',
    breaks: 'X-FAIL-001',
    caughtBy: ['failure.told', 'audit.paid-is-delivered'],
    http: onResponse(
      (request, response) => failed(response) && isPaid(request),
      ({ headers }) => {
        const event = new Headers(headers)
        event.set('content-type', 'text/event-stream')
        return new Response(`data: ${doneMark}\n\n`, { headers: event })
      },
    ),
  }),
  fault({
    name: 'charges-for-failures',
    breaks: 'X-FAIL-002',
    caughtBy: ['failure.not-charged'],
    made: 'rule',
    ...heldBack(() => true),
  }),
  fault({
    name: 'keeps-the-receipt-of-failures',
    breaks: 'X-FAIL-003',
    caughtBy: ['failure.receipt', 'audit.paid-is-delivered'],
    http: withoutReceipts(failed),
  }),
  fault({
    name: 'delivers-to-whoever-knows-the-nonce',
    breaks: 'X-PAY-007',
    caughtBy: ['failure.forged'],
    made: 'rule',
    http: forgeable,
  }),
]
