/**
 * Servers that take a payload without one of its members, in one action by one method: one for each row of the table, each
 * at another place.
 */
import { inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const rows = [
  ['channel-id', 'channelId', 'close', 'HEAD'],
  ['descriptor', 'descriptor', 'topUp', 'POST'],
  ['amount', 'cumulativeAmount', 'close', 'GET'],
  ['signature', 'signature', 'voucher', 'HEAD'],
  ['transaction', 'transaction', 'topUp', 'GET'],
  ['additional-deposit', 'additionalDeposit', 'topUp', 'HEAD'],
] as const

export const faults = rows.map(([row, member, action, method]) =>
  fault({
    name: `${action}-without-${row}-by-${method}`.toLowerCase(),
    breaks: 'SESS-CRED-004',
    caughtBy: [`members.${row}`],
    made: 'puppet',
    http: (handler) => async (request) =>
      request.method === method && paying(action)(request) && payloadOf(request)[member] === undefined
        ? inventedReceipt(request)
        : handler(request),
  }),
)
