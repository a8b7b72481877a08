/** Servers that take what is no transaction for one. */
import { instead, inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Answers success to one action whose transaction is cut so short that it can be none. */
const believing = (action: string) =>
  instead(
    (request) => paying(action)(request) && String(payloadOf(request)['transaction']).length < 20,
    (request) => inventedReceipt(request),
  )

export const faults = [
  fault({
    name: 'opens-by-no-transaction',
    breaks: 'SESS-OPEN-002',
    caughtBy: ['transaction.open'],
    http: believing('open'),
  }),
  fault({
    name: 'tops-up-by-no-transaction',
    breaks: 'SESS-TOPUP-004',
    caughtBy: ['transaction.top-up'],
    http: believing('topUp'),
  }),
]
