/** Servers whose streams deliver more, less, or later than is paid for. */
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { isStream } from '../../../../peers/answers.ts'
import { early } from '../../../../peers/mpp/payee/delivery.ts'
import {
  alterEvent,
  alterStream,
  onResponse,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'streams-as-plain-text',
    breaks: 'CORE-STAT-005',
    caughtBy: ['stream.accepted'],
    http: onResponse(
      (_, response) => isStream(response),
      (response) => withHeaders(response, (headers) => headers.set('content-type', 'text/plain')),
    ),
  }),
  fault({
    name: 'no-receipt-in-stream-headers',
    breaks: 'SESS-SSE-011',
    caughtBy: ['stream.header-receipt'],
    http: onResponse((_, response) => isStream(response), withoutReceipt),
  }),
  fault({
    name: 'shared-cacheable-receipt',
    breaks: 'CORE-RCPT-007',
    caughtBy: ['stream.receipt-private'],
    like: ['tempoxyz/mpp-rs#381'],
    http: onResponse(
      (_, response) => isStream(response),
      (response) => withHeaders(response, (headers) => headers.set('cache-control', 'no-cache')),
    ),
  }),
  fault({
    name: 'one-unit-on-credit',
    breaks: 'SESS-SSE-015',
    caughtBy: ['stream.exact-units', 'stream.one-more'],
    rules: {
      charge: {
        enoughBalance: (ledger, input) =>
          Accounting.chargeRules.enoughBalance({ ...ledger, accepted: ledger.accepted + input.cost }, input),
      },
    },
  }),
  ...[1, 3].map((ahead) =>
    fault({
      name: `delivers-${ahead}-before-charging`,
      breaks: 'SESS-SSE-015',
      caughtBy: [
        'stream.exact-units',
        'stream.charged',
        'stream.required',
        'stream.one-more',
        'audit.captured-is-delivered',
      ],
      deliver: early(ahead),
    }),
  ),
  fault({
    name: 'never-asks',
    breaks: 'SESS-SSE-002',
    caughtBy: ['stream.need-voucher'],
    http: alterStream((frame) => (frame.startsWith('event: payment-need-voucher') ? '' : frame)),
  }),
  fault({
    name: 'asks-in-numbers',
    breaks: 'SESS-SSE-003',
    caughtBy: ['stream.need-voucher-fields'],
    http: alterEvent('payment-need-voucher', (data) => {
      data['requiredCumulative'] = Number(data['requiredCumulative'])
    }),
  }),
  fault({
    name: 'asks-twice',
    breaks: 'SESS-SSE-004',
    caughtBy: ['stream.need-voucher-once'],
    like: ['wevm/mppx#56'],
    http: alterStream((frame) => (frame.startsWith('event: payment-need-voucher') ? frame + frame : frame)),
  }),
  fault({
    name: 'asks-for-two-units',
    breaks: 'SESS-SSE-010',
    caughtBy: ['stream.required'],
    rules: {
      books: {
        requiredCumulative: (ledger, cost, minDelta) =>
          Accounting.requiredCumulative(ledger, cost * 2n, minDelta),
      },
    },
  }),
  fault({
    name: 'charges-every-other-unit',
    breaks: 'SESS-RCPT-005',
    caughtBy: [
      'stream.charged',
      'stream.final-spent',
      'stream.exact-units',
      'stream.required',
      'stream.one-more',
      'audit.captured-is-delivered',
    ],
    rules: {
      books: {
        charge: (ledger, input) =>
          Accounting.charge(ledger, { ...input, cost: ledger.units % 2 === 0 ? input.cost : 0n }),
      },
    },
  }),
  fault({
    name: 'equal-voucher-resumes',
    breaks: 'SESS-SSE-004',
    caughtBy: ['stream.stays-paused'],
    like: ['GHSA-8c63-r789-xrrf'],
    rules: {
      books: {
        acceptVoucher: (ledger, input) =>
          input.cumulativeAmount === ledger.accepted && ledger.spent === ledger.accepted && ledger.spent > 0n
            ? { ...ledger, accepted: ledger.accepted + 1000n }
            : Accounting.acceptVoucher(ledger, input),
      },
    },
  }),
  fault({
    name: 'unverified-voucher-resumes',
    breaks: 'SESS-SSE-016',
    caughtBy: ['stream.invalid-voucher'],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'voucher' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'ends-at-first-pause',
    breaks: 'SESS-SSE-006',
    caughtBy: ['stream.resumes'],
    options: { needVoucherTimeoutMs: 1 },
  }),
  fault({
    name: 'two-units-for-one-voucher',
    breaks: 'SESS-REQ-003',
    caughtBy: ['stream.one-more', 'stream.final-spent', 'audit.captured-is-delivered'],
    rules: {
      charge: {
        enoughBalance: (ledger, input) =>
          ledger.units === 4 ? undefined : Accounting.chargeRules.enoughBalance(ledger, input),
      },
      books: {
        charge: (ledger, input) =>
          Accounting.charge(ledger, { ...input, cost: ledger.units === 4 ? 0n : input.cost }),
      },
    },
  }),
  fault({
    name: 'no-final-receipt',
    breaks: 'SESS-SSE-012',
    caughtBy: ['stream.final-receipt', 'brief.receipt'],
    http: alterStream((frame) => (frame.startsWith('event: payment-receipt') ? '' : frame)),
  }),
  fault({
    name: 'data-after-final-receipt',
    breaks: 'SESS-SSE-011',
    caughtBy: ['stream.final-receipt'],
    http: alterStream((frame) =>
      frame.startsWith('event: payment-receipt') ? `${frame}event: bye\ndata: the end\n\n` : frame,
    ),
  }),
  fault({
    name: 'final-receipt-without-status',
    breaks: 'SESS-RCPT-002',
    caughtBy: ['stream.final-receipt-fields'],
    http: alterEvent('payment-receipt', (data) => delete data['status']),
  }),
  fault({
    name: 'final-receipt-understates',
    breaks: 'SESS-RCPT-005',
    caughtBy: ['stream.final-spent'],
    http: alterEvent('payment-receipt', (data) => {
      data['spent'] = '1000'
    }),
  }),
  fault({
    name: 'receipt-references-transaction',
    breaks: 'SESS-RCPT-003',
    caughtBy: ['stream.reference'],
    http: alterEvent('payment-receipt', (data) => {
      data['reference'] = `0x${'77'.repeat(32)}`
    }),
  }),
  fault({
    name: 'receipt-names-another-challenge',
    breaks: 'SESS-RCPT-006',
    caughtBy: ['stream.challenge-id'],
    http: alterEvent('payment-receipt', (data) => {
      data['challengeId'] = 'another'
    }),
  }),
]
