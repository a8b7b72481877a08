/** Servers that close wrongly: capture too much, too little, or go on afterwards. */
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { swallowing } from '../../../../peers/mpp/payee/chain.ts'
import { alterProblem, alterReceipt, inventedReceipt, paying } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const faults = [
  fault({
    name: 'refuses-closes',
    breaks: 'SESS-GEN-003',
    caughtBy: ['close.accepted'],
    rules: { close: { notOver: () => refuse('verification-failed', 'no') } },
  }),
  fault({
    name: 'close-without-transaction',
    breaks: 'SESS-CLOSE-007',
    caughtBy: ['close.transaction'],
    http: alterReceipt(paying('close'), (receipt) => delete receipt['txHash']),
  }),
  fault({
    name: 'captures-the-voucher',
    breaks: 'SESS-CLOSE-005',
    caughtBy: ['close.captures-spent', 'close.refunds-rest', 'close.unused', 'audit.captured-is-delivered'],
    like: ['wevm/mppx#196'],
    rules: { books: { captureAmount: (ledger, close) => close?.cumulativeAmount ?? ledger.accepted } },
  }),
  fault({
    name: 'never-closes',
    breaks: 'SESS-CLOSE-008',
    caughtBy: ['close.captures-spent', 'close.refunds-rest', 'close.slot-gone', 'close.unused'],
    chain: swallowing('0x73b57f74'),
  }),
  fault({
    name: 'close-must-exceed-spent',
    breaks: 'SESS-CLOSE-003',
    caughtBy: ['close.equal-to-spent'],
    rules: {
      close: {
        coversCapture: (ledger, { cumulativeAmount }) =>
          cumulativeAmount > ledger.spent ? undefined : refuse('verification-failed', 'must be above spent'),
      },
    },
  }),
  fault({
    name: 'underpaid-close',
    breaks: 'SESS-CLOSE-003',
    caughtBy: ['close.underpaid', 'audit.captured-is-delivered'],
    rules: {
      close: { coversCapture: ok },
      books: {
        captureAmount: (ledger, close) =>
          Uint.min(Accounting.captureAmount(ledger), close?.cumulativeAmount ?? 0n),
      },
    },
  }),
  fault({
    name: 'unsigned-close',
    breaks: 'SESS-CLOSE-009',
    caughtBy: ['close.bad-signature'],
    like: ['solana-foundation/pay-kit#177'],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'close' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'closes-with-high-s',
    breaks: 'SESS-SIG-007',
    caughtBy: ['close.high-s'],
    rules: {
      signature: {
        canonical: (input) => (input.action === 'close' ? undefined : signatureRules.canonical(input)),
      },
    },
  }),
  fault({
    name: 'close-consent-unverified',
    breaks: 'SESS-CLOSE-015',
    caughtBy: ['close.authorization'],
    rules: { closeAuthorization: { bySigner: ok } },
  }),
  fault({
    name: 'vouchers-after-close',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['close.then-voucher'],
    like: ['tempoxyz/mpp-rs#250'],
    rules: { voucher: { notOver: ok } },
  }),
  fault({
    name: 'closed-called-delta',
    breaks: 'SESS-ERR-008',
    caughtBy: ['close.then-voucher-label'],
    http: alterProblem((_, type) => type.endsWith('channel-finalized'), 'session/delta-too-small'),
  }),
  fault({
    name: 'service-after-close',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['close.then-voucher', 'close.then-stream', 'audit.captured-is-delivered'],
    rules: { voucher: { notOver: ok }, charge: { notOver: ok } },
  }),
  fault({
    name: 'top-up-after-close',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['close.then-top-up'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('topUp')(request) && response.status === 410 ? inventedReceipt(request) : response
    },
  }),
  fault({
    name: 'closes-again',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['close.again'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('close')(request) && response.status === 410
        ? inventedReceipt(request, { txHash: `0x${'77'.repeat(32)}` })
        : response
    },
  }),
]
