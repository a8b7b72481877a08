/** Servers that do not notice that a channel, or a challenge, is over. */

import { alterProblem, crashing, paying } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const overFaults = [
  fault({
    name: 'streams-on-without-a-channel',
    breaks: 'SESS-REORG-002',
    caughtBy: ['reorg.mid-stream'],
    like: ['tempoxyz/mpp-rs#425'],
    rules: { charge: { notOver: ok, onChain: ok } },
  }),
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
  fault({
    name: 'crashes-on-expired-top-up',
    breaks: 'CORE-PROB-010',
    caughtBy: ['expired.no-5xx'],
    http: crashing('topUp', /payment-expired/),
  }),
]
