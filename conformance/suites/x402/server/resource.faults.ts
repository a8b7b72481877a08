/** Faults that the resource scenario catches. */
import { matchRules } from '../../../../src/x402/server/incoming.ts'
import { fault } from './fault.ts'

const { scheme, network, terms } = matchRules

export const resourceFaults = [
  fault({
    name: 'takes-payments-for-other-resources',
    breaks: 'X-PAY-011',
    caughtBy: ['resource.other'],
    options: { rules: { scheme, network, terms } },
  }),
]
