/**
 * Servers that count wrongly: they serve on credit, charge twice or not at all, or report other figures than their
 * books.
 */
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterProblem,
  alterReceipt,
  crashing,
  credentialOf,
  instead,
  onResponse,
  paying,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const buying = (request: Request): boolean => request.method === 'GET' && paying('voucher')(request)

export const faults = [
  fault({
    name: 'one-response-per-voucher',
    breaks: 'SESS-ACCT-005',
    caughtBy: ['accounting.prepaid', 'accounting.overspend-label'],
    like: ['tempoxyz/mpp-rs#247'],
    http: (handler) => {
      const seen = new Set<unknown>()
      return async (request) => {
        const { channelId, cumulativeAmount } = credentialOf(request)?.payload ?? {}
        const used = buying(request) && seen.size === seen.add(`${channelId} ${cumulativeAmount}`).size
        return handler(used ? new Request(request.url) : request)
      }
    },
  }),
  fault({
    name: 'content-without-receipt',
    breaks: 'SESS-ACCT-008',
    caughtBy: ['accounting.receipt'],
    like: ['solana-foundation/pay-kit#259'],
    http: onResponse(buying, withoutReceipt),
  }),
  fault({
    name: 'receipt-before-the-charge',
    breaks: 'SESS-RCPT-005',
    caughtBy: ['accounting.books'],
    http: alterReceipt(buying, (receipt) => {
      receipt['spent'] = String(BigInt(String(receipt['spent'])) - 1000n)
    }),
  }),
  fault({
    name: 'receipt-counts-all-units',
    breaks: 'SESS-RCPT-004',
    caughtBy: ['accounting.units'],
    http: alterReceipt(buying, (receipt) => {
      receipt['units'] = Number(receipt['spent']) / 1000
    }),
  }),
  fault({
    name: 'serves-on-credit',
    breaks: 'SESS-ACCT-005',
    caughtBy: ['accounting.overspend', 'accounting.session-hop', 'accounting.spellings'],
    like: ['wevm/mppx#405', 'wevm/mppx#364'],
    rules: { charge: { enoughBalance: ok } },
  }),
  fault({
    name: 'no-required-top-up',
    breaks: 'SESS-ACCT-007',
    caughtBy: ['accounting.required-top-up'],
    rules: {
      charge: {
        enoughBalance: (ledger, input) =>
          Accounting.available(ledger) >= input.cost
            ? undefined
            : refuse('session/insufficient-balance', 'not enough'),
      },
    },
  }),
  fault({
    name: 'spent-belongs-to-the-session',
    breaks: 'SESS-ACCT-012',
    caughtBy: [
      'accounting.session-hop',
      'accounting.overspend',
      'accounting.books',
      'audit.captured-is-delivered',
    ],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: (handler, { store }) => {
      const sessions = new Map<unknown, unknown>()
      return async (request) => {
        const { challenge, payload } = credentialOf(request) ?? {}
        const channelId = payload?.['channelId']
        if (buying(request) && sessions.get(channelId) !== challenge?.['id']) {
          sessions.set(channelId, challenge?.['id'])
          await amend(store, channelId, () => ({ spent: 0n }))
        }
        return handler(request)
      }
    },
  }),
  fault({
    name: 'lower-voucher-lowers-the-books',
    breaks: 'SESS-ACCT-002',
    caughtBy: ['accounting.monotone', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        const { channelId, cumulativeAmount } = credentialOf(request)?.payload ?? {}
        if (buying(request) && response.status === 402 && cumulativeAmount === '1000')
          await amend(store, channelId, ({ spent }) => ({ spent: spent - 2000n }))
        return response
      },
  }),
  fault({
    name: 'serves-unsigned-vouchers',
    breaks: 'SESS-ACCT-006',
    caughtBy: [
      'accounting.invalid-voucher',
      'accounting.invalid-voucher-answer',
      'audit.captured-is-delivered',
    ],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'voucher' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'invalid-voucher-without-challenge',
    breaks: 'SESS-ACCT-006',
    caughtBy: ['accounting.invalid-voucher-answer'],
    like: ['tempoxyz/mpp-go#74'],
    http: onResponse(
      (request, { status }) => buying(request) && status === 402,
      (response) => withHeaders(response, (headers) => headers.delete('www-authenticate')),
    ),
  }),
  fault({
    name: 'one-balance-per-spelling',
    breaks: 'SESS-ACCT-003',
    caughtBy: ['accounting.spellings', 'audit.captured-is-delivered'],
    like: ['mppx 1ba7af2', 'tempoxyz/mpp-rs#285'],
    http: (handler, { store }) => {
      const spellings = new Map<string, Set<unknown>>()
      return async (request) => {
        const spelled = credentialOf(request)?.payload['channelId']
        const channelId = String(spelled).toLowerCase()
        const seen = spellings.get(channelId) ?? new Set([channelId])
        spellings.set(channelId, seen)
        if (buying(request) && seen.size < seen.add(spelled).size)
          await amend(store, channelId, () => ({ spent: 0n }))
        return handler(request)
      }
    },
  }),
  fault({
    name: 'vouchers-by-post-only',
    breaks: 'SESS-GEN-001',
    caughtBy: ['accounting.methods'],
    http: instead(
      ({ method }) => !['GET', 'POST'].includes(method),
      () => new Response(null, { status: 405 }),
    ),
  }),
  fault({
    name: 'crashes-on-unpaid-content',
    breaks: 'CORE-PROB-010',
    caughtBy: ['accounting.no-5xx', 'accounting.overspend', 'accounting.required-top-up'],
    http: crashing('voucher', /insufficient-balance/),
  }),
  fault({
    name: 'insufficient-balance-called-delta',
    breaks: 'SESS-ERR-010',
    caughtBy: ['accounting.overspend-label'],
    http: alterProblem((_, type) => type.endsWith('insufficient-balance'), 'session/delta-too-small'),
  }),
]
