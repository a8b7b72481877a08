/** Servers that lose, invent or misplace a top-up. */
import * as ChannelId from '../../../../../src/contracts/channel-id.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import {
  alterEvent,
  instead,
  inventedReceipt,
  onResponse,
  paying,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Where channels of the kit's own chain live. */
const place = { escrow: Reserve.address, chainId: 42_431 }

export const faults = [
  fault({
    name: 'refuses-top-ups',
    breaks: 'SESS-GEN-003',
    caughtBy: ['top-up.accepted'],
    rules: { topUp: { notOver: () => refuse('verification-failed', 'no') } },
  }),
  fault({
    name: 'no-receipt-for-top-up',
    breaks: 'SESS-RCPT-001',
    caughtBy: ['top-up.receipt'],
    http: onResponse(paying('topUp'), withoutReceipt),
  }),
  fault({
    name: 'never-broadcasts-top-up',
    breaks: 'SESS-TOPUP-007',
    caughtBy: [
      'top-up.on-chain',
      'top-up.usable-at-once',
      'top-up.more-than-deposited',
      'top-up.other-channel',
      'top-up.other-descriptor',
      'top-up.mid-stream',
      'top-up.no-credit',
      'close.then-top-up',
    ],
    http: instead(paying('topUp'), (request) => inventedReceipt(request)),
  }),
  fault({
    name: 'forgets-new-deposit',
    breaks: 'SESS-TOPUP-008',
    caughtBy: ['top-up.usable-at-once', 'top-up.mid-stream'],
    rules: { books: { observe: (ledger) => ledger } },
  }),
  fault({
    name: 'deposit-is-credit',
    breaks: 'SESS-TOPUP-009',
    caughtBy: ['top-up.no-credit', 'top-up.no-service', 'top-up.mid-stream', 'audit.books-within-vouchers'],
    rules: {
      books: {
        observe: (ledger, seen) => ({
          ...Accounting.observe(ledger, seen),
          accepted: ledger.accepted + (seen.deposit > ledger.deposit ? seen.deposit - ledger.deposit : 0n),
        }),
      },
    },
  }),
  fault({
    name: 'claimed-top-up-amount',
    breaks: 'SESS-TOPUP-004',
    caughtBy: ['top-up.more-than-deposited'],
    rules: { topUpTransaction: { amountIsClaimed: ok } },
  }),
  fault({
    name: 'tops-up-another-channel',
    breaks: 'SESS-TOPUP-004',
    caughtBy: ['top-up.other-channel'],
    rules: { topUpTransaction: { topsUpDescriptor: ok } },
  }),
  fault({
    name: 'top-up-descriptor-not-compared',
    breaks: 'SESS-TOPUP-005',
    caughtBy: ['top-up.other-descriptor'],
    rules: {
      descriptor: { channelIdIsDerived: ok },
      knownChannel: { sameDescriptor: ok },
      topUpTransaction: {
        topsUpDescriptor: ({ call, payload }) =>
          call?.type === 'topUp' && ChannelId.v2(call.descriptor, place) === payload.channelId
            ? undefined
            : refuse('verification-failed', 'another channel'),
      },
    },
  }),
  fault({
    name: 'asks-with-no-deposit',
    breaks: 'SESS-SSE-003',
    caughtBy: ['top-up.asks-beyond-deposit'],
    http: alterEvent('payment-need-voucher', (data) => {
      data['deposit'] = '0'
    }),
  }),
]
