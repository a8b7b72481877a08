/** Servers that open channels wrongly. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { depositRules } from '../../../../../src/mpp/server/rules/transaction.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import {
  alterReceipt,
  credentialOf,
  instead,
  inventedReceipt,
  onResponse,
  paying,
  withHeaders,
  withoutReceipt,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const always = () => true

const without = (name: string) => (request: Request) => {
  const { payload } = credentialOf(request) ?? {}
  return payload !== undefined && payload['action'] === 'open' && payload[name] === undefined
}

function hasSource(request: Request): boolean {
  const token = (request.headers.get('authorization') ?? '').slice('Payment '.length)
  return 'source' in (JSON.parse(Buffer.from(token, 'base64url').toString()) as object)
}

export const faults = [
  fault({
    name: 'refuses-opens',
    breaks: 'SESS-OPEN-015',
    caughtBy: ['open.accepted'],
    rules: { openTransaction: { rightChain: () => refuse('verification-failed', 'no') } },
  }),
  // Wrong in its form, right in what it says: one check fails, and nothing that reads the receipt is kept from judging.
  fault({
    name: 'receipts-without-intent',
    breaks: 'SESS-RCPT-002',
    caughtBy: ['open.receipt-form'],
    http: alterReceipt(always, (receipt) => delete receipt['intent']),
  }),
  fault({
    name: 'receipts-with-numbers',
    breaks: 'SESS-RCPT-002',
    caughtBy: ['open.receipt-form'],
    http: alterReceipt(always, (receipt) => {
      for (const name of ['acceptedCumulative', 'spent'])
        if (receipt[name] !== undefined) receipt[name] = Number(receipt[name])
    }),
  }),
  fault({
    name: 'padded-receipts',
    breaks: 'CORE-RCPT-002',
    caughtBy: ['open.receipt-form', 'receipt.encoding'],
    http: onResponse(
      (_, { headers }) => headers.has('payment-receipt'),
      (response) =>
        withHeaders(response, (headers) => {
          // One byte more where it would come out even, so that there is something to pad.
          const json = Utf8.decode(Base64url.decode(headers.get('payment-receipt') ?? ''))
          const bytes = Utf8.encode(json).length % 3 === 0 ? `${json} ` : json
          headers.set('payment-receipt', Buffer.from(bytes).toString('base64'))
        }),
    ),
  }),
  fault({
    name: 'no-receipt-for-open',
    breaks: 'SESS-RCPT-001',
    caughtBy: ['open.receipt'],
    http: onResponse(paying('open'), withoutReceipt),
  }),
  fault({
    name: 'never-broadcasts-open',
    breaks: 'SESS-OPEN-007',
    caughtBy: [
      'open.on-chain',
      'open.wrong-payee',
      'open.payee-not-recipient',
      'open.hostile-operator',
      'open.wrong-channel-id',
      'open.wrong-nonce-hash',
      'open.no-descriptor',
      'open.small-deposit',
      'open.voucher-above-deposit',
      'open.stranger-voucher',
      'open.high-s',
    ],
    like: ['mpp-rs 70846716383'],
    http: instead(paying('open'), (request) => inventedReceipt(request)),
  }),
  fault({
    name: 'charges-for-opening',
    breaks: 'SESS-RCPT-005',
    caughtBy: ['open.unspent', 'audit.captured-is-delivered'],
    rules: {
      books: {
        open: (deposit, accepted, settled = 0n) => ({
          deposit,
          settled,
          accepted,
          spent: accepted,
          closeRequestedAt: 0,
          units: 0,
          phase: 'open',
        }),
      },
    },
  }),
  fault({
    name: 'insists-on-prepayment',
    breaks: 'SESS-OPEN-014',
    caughtBy: ['open.zero-voucher'],
    like: ['tempoxyz/mpp-rs#291'],
    rules: {
      deposit: {
        coversVoucher: (input) =>
          input.payload.cumulativeAmount === 0n
            ? refuse('verification-failed', 'must be above 0')
            : depositRules.coversVoucher(input),
      },
    },
  }),
  fault({
    name: 'requires-source',
    breaks: 'CORE-CRED-004',
    caughtBy: ['open.no-source', 'voucher.no-source'],
    http: instead(
      (request) => credentialOf(request) !== undefined && !hasSource(request),
      () => new Response(null, { status: 402, headers: { 'www-authenticate': 'Payment id="x"' } }),
    ),
  }),
  fault({
    name: 'opens-whatever-is-signed',
    breaks: 'SESS-OPEN-002',
    caughtBy: ['open.wrong-payee', 'audit.conserved'],
    rules: { openTransaction: { opensDescriptor: ok } },
  }),
  fault({
    name: 'any-payee',
    breaks: 'SESS-DESC-002',
    caughtBy: ['open.payee-not-recipient'],
    rules: { descriptor: { payeeIsRecipient: ok } },
  }),
  fault({
    name: 'any-operator',
    breaks: 'SESS-DESC-004',
    caughtBy: ['open.hostile-operator'],
    rules: { descriptor: { operatorIsAdvertised: ok } },
  }),
  fault({
    name: 'claimed-channel-id',
    breaks: 'SESS-OPEN-018',
    caughtBy: ['open.wrong-channel-id', 'audit.conserved'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { descriptor: { channelIdIsDerived: ok } },
  }),
  fault({
    name: 'claimed-nonce-hash',
    breaks: 'SESS-DESC-005',
    caughtBy: ['open.wrong-nonce-hash', 'audit.conserved'],
    rules: { openTransaction: { hashIsDescribed: ok } },
  }),
  fault({
    name: 'opens-without-descriptor',
    breaks: 'SESS-DESC-008',
    caughtBy: ['open.no-descriptor'],
    http: instead(without('descriptor'), (request) => inventedReceipt(request)),
  }),
  fault({
    name: 'any-deposit',
    breaks: 'SESS-OPEN-010',
    caughtBy: ['open.small-deposit'],
    rules: { deposit: { coversOneUnit: ok }, opened: { funded: ok } },
  }),
  fault({
    name: 'credit-beyond-deposit',
    breaks: 'SESS-OPEN-017',
    caughtBy: ['open.voucher-above-deposit'],
    rules: { deposit: { coversVoucher: ok } },
  }),
  fault({
    name: 'unsigned-open',
    breaks: 'SESS-OPEN-013',
    caughtBy: ['open.stranger-voucher'],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'open' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'opens-with-high-s',
    breaks: 'SESS-SIG-007',
    caughtBy: ['open.high-s'],
    rules: {
      signature: {
        canonical: (input) => (input.action === 'open' ? undefined : signatureRules.canonical(input)),
      },
    },
  }),
  fault({
    name: 'sponsors-any-call',
    breaks: 'SESS-FEE-009',
    caughtBy: ['open.extra-call'],
    offer: { feePayer: true },
    rules: { openTransaction: { oneReserveCall: ok } },
  }),
]
