/** Faults that the scenario of payment identifiers catches. */

import { onResponse, withStatus } from '../../../peers/answers.ts'
import { forgettingNames, repeatingToAll } from '../../../peers/x402/payee/identifiers.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

export const identifierFaults = [
  fault({
    name: 'forgets-the-names-of-payments',
    breaks: 'X-ID-001',
    caughtBy: ['identifier.repeats', 'identifier.other-payment', 'identifier.409'],
    http: forgettingNames,
  }),
  fault({
    name: 'makes-answers-anew',
    breaks: 'X-ID-001',
    caughtBy: ['identifier.same'],
    works: isPaid,
  }),
  fault({
    name: 'repeats-to-whoever-knows-the-name',
    breaks: 'X-ID-002',
    caughtBy: [
      'identifier.other-payment',
      'identifier.other-request',
      'identifier.409',
      'audit.delivered-is-paid',
    ],
    http: repeatingToAll(),
  }),
  fault({
    name: 'answers-conflicts-with-402',
    breaks: 'X-ID-003',
    caughtBy: ['identifier.409'],
    http: onResponse(
      (_, { status }) => status === 409,
      (response) => withStatus(response, 402),
    ),
  }),
]
