/** Faults that the terms scenario catches: servers that believe one kind of wrong payment. */
import { matchRules } from '../../../../src/x402/server/incoming.ts'
import type { ReasonKind } from '../../../../src/x402/wire/reasons.ts'
import { onResponse, withStatus } from '../../../peers/answers.ts'
import { believes } from '../../../peers/x402/payee/believing.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

const { scheme, resource } = matchRules

/** Free content is also what the audit sees, and what the model was asked for. */
const free = ['terms.no-work', 'audit.delivered-is-paid']

const believing = (name: string, breaks: string, kind: ReasonKind, ...caughtBy: string[]) =>
  fault({
    name,
    breaks,
    caughtBy: [...caughtBy, ...free],
    // What the payment repeats is not compared either: whoever forgets one, forgets the other.
    options: { rules: { scheme, resource } },
    facilitator: believes(kind),
  })

export const termsFaults = [
  believing('believes-other-payees', 'X-PAY-002', 'recipient', 'terms.payee'),
  believing('believes-less', 'X-PAY-003', 'value', 'terms.amount'),
  believing('believes-other-tokens', 'X-PAY-004', 'requirements', 'terms.asset'),
  believing('believes-other-chains', 'X-PAY-005', 'network', 'terms.network'),
  believing('believes-expired-payments', 'X-PAY-006', 'validBefore', 'terms.expired'),
  believing('believes-early-payments', 'X-PAY-006', 'validAfter', 'terms.early'),
  // In v1 nothing but the signature says which token is paid in.
  believing(
    'believes-signatures',
    'X-PAY-007',
    'signature',
    'terms.signature',
    'terms.asset',
    'terms.network',
  ),
  // What payments say is compared, and what is signed is not.
  fault({
    name: 'believes-what-payments-say-of-their-amount',
    breaks: 'X-PAY-003',
    caughtBy: ['terms.amount', ...free],
    facilitator: believes('value'),
  }),
  fault({
    name: 'believes-what-payments-say-of-their-payee',
    breaks: 'X-PAY-002',
    caughtBy: ['terms.payee', ...free],
    facilitator: believes('recipient'),
  }),
  believing('believes-poor-payers', 'X-PAY-008', 'funds', 'terms.funds'),
  fault({
    name: 'answers-bad-payments-with-403',
    breaks: 'X-PAY-009',
    caughtBy: ['terms.402'],
    http: onResponse(
      (request, { status }) => status === 402 && isPaid(request),
      (response) => withStatus(response, 403),
    ),
  }),
  fault({
    name: 'asks-the-model-before-it-looks',
    breaks: 'X-PAY-010',
    caughtBy: ['terms.no-work'],
    works: isPaid,
  }),
]
