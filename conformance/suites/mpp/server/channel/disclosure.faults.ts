/** Servers that disclose a channel's books to clients that cannot sign for it. */
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import type { Alteration } from '../../../../peers/mpp/payee/alteration.ts'
import { paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Refusals of an action tell a figure of the books. */
const telling =
  (action: string, figure: 'accepted' | 'spent'): NonNullable<Alteration['http']> =>
  (handler, { store }) =>
  async (request) => {
    const id = payloadOf(request)['channelId'] as Bytes32
    const response = await handler(request)
    const record = paying(action)(request) && !response.ok ? await store.get(id) : undefined
    if (record === undefined) return response
    const problem = JSON.parse((await response.text()) || '{}') as object
    const { status, headers } = response
    const body = JSON.stringify({ ...problem, [figure]: String(record.ledger[figure]) })
    return new Response(request.method === 'HEAD' ? null : body, { status, headers })
  }

export const faults = [
  fault({
    name: 'refused-vouchers-tell-what-was-accepted',
    breaks: 'SESS-SIG-015',
    caughtBy: ['disclosure.voucher'],
    like: ['mpp-rs CHANGELOG 0.15.1'],
    http: telling('voucher', 'accepted'),
  }),
  fault({
    name: 'refused-closes-tell-what-was-spent',
    breaks: 'SESS-SIG-015',
    caughtBy: ['disclosure.close'],
    like: ['mpp-rs CHANGELOG 0.15.1'],
    http: telling('close', 'spent'),
  }),
]
