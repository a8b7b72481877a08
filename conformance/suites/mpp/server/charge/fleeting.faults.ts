/** Servers that take a charge too late, or mislabel its refusal. */
import { alterProblem } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'late-charge',
    breaks: 'CHG-005',
    caughtBy: ['fleeting.expired'],
    rules: { chargeChallenge: { notExpired: ok } },
  }),
  fault({
    name: 'expired-charge-mislabelled',
    breaks: 'CHG-005',
    caughtBy: ['fleeting.label'],
    http: alterProblem((_, type) => type.endsWith('payment-expired'), 'invalid-challenge'),
  }),
]
