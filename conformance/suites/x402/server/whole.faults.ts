/** Faults that the scenario of whole answers catches. */
import { isStream, onResponse } from '../../../peers/answers.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

const isWhole = (request: Request, response: Response) =>
  response.ok && isPaid(request) && !isStream(response)

export const wholeFaults = [
  fault({
    name: 'sells-streams-only',
    breaks: 'X-PAY-001',
    caughtBy: ['whole.accepted', 'whole.content', 'audit.paid-is-delivered'],
    http: onResponse(isWhole, () => new Response('{}', { status: 404 })),
  }),
  fault({
    name: 'answers-in-other-words',
    breaks: 'X-STRM-005',
    caughtBy: ['whole.content'],
    http: onResponse(isWhole, (response) => Response.json({ text: 'something' }, response)),
  }),
  fault({
    name: 'gives-whole-answers-away',
    breaks: 'X-SETL-001',
    caughtBy: ['whole.settled', 'audit.delivered-is-paid'],
    facilitator: (own) => ({
      ...own,
      settle: async ({ requirements: { network } }) => ({
        success: true,
        transaction: `0x${'ab'.repeat(32)}`,
        network,
      }),
    }),
  }),
]
