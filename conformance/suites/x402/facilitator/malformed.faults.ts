/** Faults that the scenario of malformed requests catches. */
import type { Handler } from '../../../../src/http/handler.ts'
import { fault } from './fault.ts'

/** Answers what does not decode otherwise. */
const answering =
  (answer: () => Response) =>
  (handler: Handler): Handler =>
  async (request) => {
    const response = await handler(request)
    return response.status === 400 ? answer() : response
  }

export const malformedFaults = [
  fault({
    name: 'finds-everything-good',
    breaks: 'X-FAC-020',
    caughtBy: ['malformed.refused', 'malformed.4xx'],
    http: answering(() => Response.json({ isValid: true, success: true })),
  }),
  fault({
    name: 'refuses-what-is-no-request-with-200',
    breaks: 'X-FAC-021',
    caughtBy: ['malformed.4xx'],
    http: answering(() => Response.json({ isValid: false, success: false })),
  }),
  fault({
    name: 'breaks-on-what-is-no-request',
    breaks: 'X-FAC-022',
    caughtBy: ['malformed.4xx', 'malformed.no-5xx'],
    http: answering(() => Response.json({ error: 'internal' }, { status: 500 })),
  }),
  fault({
    name: 'tells-its-stack',
    breaks: 'X-FAC-023',
    caughtBy: ['malformed.tells-nothing'],
    http: answering(() => new Response('Error: no\n    at decode (facilitator.js:12:3)', { status: 400 })),
  }),
]
