/** Faults that the scenario of malformed payments catches. */
import { onResponse, withStatus } from '../../../peers/answers.ts'
import { fault } from './fault.ts'

const isBad = (_: Request, { status }: Response) => status === 400

export const malformedFaults = [
  fault({
    name: 'serves-what-it-cannot-read',
    breaks: 'X-BAD-001',
    caughtBy: ['malformed.refused', 'malformed.400'],
    http: onResponse(
      isBad,
      () => new Response('data: free\n\n', { headers: { 'content-type': 'text/plain' } }),
    ),
  }),
  fault({
    name: 'asks-again-for-what-it-cannot-read',
    breaks: 'X-BAD-002',
    caughtBy: ['malformed.400'],
    http: onResponse(isBad, (response) => withStatus(response, 402)),
  }),
  fault({
    name: 'breaks-on-what-it-cannot-read',
    breaks: 'X-BAD-003',
    caughtBy: ['malformed.400', 'malformed.no-5xx'],
    http: onResponse(isBad, (response) => withStatus(response, 500)),
  }),
]
