/** Servers that do not know when a challenge expires. */
import { forgetting } from '../../../../peers/mpp/payee/credentials.ts'
import { alterProblem } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'expired-is-good-enough',
    breaks: 'CORE-BIND-008',
    caughtBy: ['expiry.expired'],
    like: ['wevm/mppx#141'],
    rules: { challenge: { notExpired: ok } },
  }),
  fault({
    name: 'believes-the-echoed-expiry',
    breaks: 'CORE-BIND-008',
    caughtBy: ['expiry.stretched', 'expiry.removed', 'expiry.expired'],
    like: ['tempoxyz/mpp-go#39'],
    http: forgetting('expires'),
    rules: { challenge: { notExpired: ok } },
  }),
  fault({
    name: 'expired-called-required',
    breaks: 'CORE-STAT-003',
    caughtBy: ['expiry.label'],
    http: alterProblem((_, type) => type.endsWith('payment-expired'), 'payment-required'),
  }),
]
