/** Servers that read amounts leniently, cut them to a width, or add up totals. */
import type { JsonValue } from '../../../../../src/codec/json.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { alterPayload, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const amountOf = (action: string) => (action === 'topUp' ? 'additionalDeposit' : 'cumulativeAmount')

/** Reads the amount of one action with `read`, where it can. */
const reading = (action: string, read: (text: JsonValue | undefined) => bigint | undefined) =>
  alterPayload(paying(action), (payload) => {
    const value = read(payload[amountOf(action)])
    if (value !== undefined) payload[amountOf(action)] = value.toString()
  })

/** As a language's own number would be read. */
const leniently = (text: JsonValue | undefined): bigint | undefined => {
  const value = Number(text)
  return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
}

/** As an unchecked conversion to uint96 would. */
const cut = (text: JsonValue | undefined): bigint | undefined =>
  typeof text === 'string' && /^[0-9]+$/.test(text) ? BigInt.asUintN(96, BigInt(text)) : undefined

const suffix = { voucher: '', open: '-open', close: '-close', topUp: '-top-up' } as const

export const faults = [
  ...Object.entries(suffix).flatMap(([action, end]) => [
    fault({
      name: `lenient-amounts-of-${action}`,
      breaks: 'SESS-ENC-007',
      caughtBy: [`amount.malformed${end}`, ...(action === 'voucher' ? ['audit.books-within-vouchers'] : [])],
      http: reading(action, leniently),
    }),
    fault({
      name: `wraps-amounts-of-${action}`,
      breaks: 'SESS-DESC-006',
      caughtBy: [`amount.too-wide${end}`, ...(action === 'voucher' ? ['audit.books-within-vouchers'] : [])],
      like: ['solana-foundation/pay-kit#42'],
      http: reading(action, cut),
    }),
  ]),
  fault({
    name: 'adds-vouchers-up',
    breaks: 'SESS-VOUCH-014',
    caughtBy: ['amount.running-total', 'audit.books-within-vouchers'],
    rules: {
      books: {
        acceptVoucher: (ledger, { cumulativeAmount }) =>
          cumulativeAmount > ledger.accepted
            ? { ...ledger, accepted: ledger.accepted + cumulativeAmount }
            : ledger,
      },
    },
  }),
  fault({
    name: 'totals-begin-with-the-session',
    breaks: 'SESS-SETL-004',
    caughtBy: ['amount.later-session'],
    rules: {
      voucher: { notLower: () => undefined },
      books: {
        acceptVoucher: (ledger, { cumulativeAmount }) => ({ ...ledger, accepted: cumulativeAmount }),
      },
    },
  }),
  fault({
    name: 'refused-vouchers-are-charged',
    breaks: 'SESS-VOUCH-013',
    caughtBy: [
      'amount.refusals-change-nothing',
      'amount.later-session',
      'amount.malformed',
      'amount.too-wide',
      'audit.captured-is-delivered',
    ],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        if (!paying('voucher')(request) || response.ok) return response
        await amend(store, payloadOf(request)['channelId'], ({ spent }) => ({ spent: spent + 1n }))
        return response
      },
  }),
]
