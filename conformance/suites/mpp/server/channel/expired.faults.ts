/** Servers that take a top-up for a challenge that is over, or mislabel its refusal. */
import { alterProblem, paying } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'top-up-answers-expired-challenge',
    breaks: 'SESS-TOPUP-003',
    caughtBy: ['expired.top-up'],
    like: ['wevm/mppx#141'],
    rules: { challenge: { notExpired: ok } },
  }),
  fault({
    name: 'expired-top-up-called-delta',
    breaks: 'SESS-ERR-009',
    caughtBy: ['expired.top-up-label'],
    http: alterProblem(
      (request, type) => paying('topUp')(request) && type.endsWith('payment-expired'),
      'session/delta-too-small',
    ),
  }),
]
