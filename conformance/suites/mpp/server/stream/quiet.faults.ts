/** Servers whose streams are silent while they wait, or fail. */
import { onResponse, unpaid } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'waits-in-silence',
    breaks: 'SESS-SSE-020',
    caughtBy: ['quiet.comments'],
    options: { keepAliveMs: 0 },
  }),
  fault({
    name: 'streams-under-500',
    breaks: 'CORE-PROB-010',
    caughtBy: ['quiet.no-5xx'],
    // In this story nothing is refused, so that no refusal can be the failure.
    http: onResponse(
      (request) => !unpaid(request) && request.method === 'GET',
      ({ body, headers }) => new Response(body, { status: 500, headers }),
    ),
  }),
]
