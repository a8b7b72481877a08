/** Faults that the scenario of broken streams catches. */
import { rewritingEvents } from '../../../peers/x402/payee/wire.ts'
import { doneMark, isError } from '../../../peers/x402/payer/answer.ts'
import { fault } from './fault.ts'

const done = { event: 'message', data: doneMark }

export const midwayFaults = [
  fault({
    name: 'done-after-an-error',
    breaks: 'X-FAIL-004',
    caughtBy: ['midway.not-done'],
    http: rewritingEvents((event) => (isError(event.data) ? [event, done] : [event])),
  }),
  fault({
    name: 'ends-without-a-word',
    breaks: 'X-FAIL-005',
    caughtBy: ['midway.told'],
    http: rewritingEvents((event) => (isError(event.data) ? [] : [event])),
  }),
  fault({
    name: 'tells-an-error-twice',
    breaks: 'X-FAIL-006',
    caughtBy: ['midway.told-once'],
    http: rewritingEvents((event) => (isError(event.data) ? [event, event] : [event])),
  }),
]
