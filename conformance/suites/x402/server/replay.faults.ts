/** Faults that the replay scenario catches. */
import { means } from '../../../../src/x402/wire/reasons.ts'
import { onResponse, withStatus } from '../../../peers/answers.ts'
import { believes, believesSettlements, forgetful } from '../../../peers/x402/payee/believing.ts'
import { heldBack } from '../../../peers/x402/payee/held-back.ts'
import { isPaid } from '../../../peers/x402/payee/wire.ts'
import { fault } from './fault.ts'

export const replayFaults = [
  fault({
    name: 'sells-for-used-payments',
    breaks: 'X-ONCE-001',
    caughtBy: [
      'replay.other-request',
      'replay.same-request',
      'replay.no-work',
      'replay.concurrent-once',
      'replay.concurrent-work',
    ],
    options: { claims: forgetful },
    facilitator: believes('state'),
  }),
  fault({
    name: 'sells-to-all-who-race',
    breaks: 'X-ONCE-001',
    caughtBy: ['replay.concurrent-once', 'replay.concurrent-work'],
    options: { claims: forgetful },
    facilitator: believesSettlements(({ errorReason }) => means(errorReason ?? undefined, 'state')),
  }),
  fault({
    name: 'works-for-all-who-race',
    breaks: 'X-ONCE-003',
    caughtBy: ['replay.concurrent-work'],
    made: 'rule',
    options: { claims: forgetful },
    ...heldBack(),
  }),
  fault({
    name: 'asks-the-model-before-it-verifies',
    breaks: 'X-ONCE-003',
    caughtBy: ['replay.no-work', 'replay.concurrent-work'],
    works: isPaid,
  }),
  fault({
    name: 'answers-replays-with-403',
    breaks: 'X-ONCE-002',
    caughtBy: ['replay.402'],
    http: onResponse(
      (request, { status }) => status === 402 && isPaid(request),
      (response) => withStatus(response, 403),
    ),
  }),
]
