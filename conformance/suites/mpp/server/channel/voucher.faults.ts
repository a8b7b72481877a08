/** Servers that take vouchers they should not, or refuse those they should take. */
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import * as Credential from '../../../../../src/mpp/wire/credential.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import {
  alterProblem,
  alterReceipt,
  credentialOf,
  instead,
  inventedReceipt,
  onResponse,
  paying,
  withHeaders,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

const voucherWith = (picks: (payload: Record<string, unknown>) => boolean) => (request: Request) => {
  const { payload } = credentialOf(request) ?? {}
  return payload !== undefined && picks(payload)
}

/** Verifies vouchers by recovering any signer whatever the domain says. */
const domainBlind = (ignores: (input: Parameters<typeof signatureRules.bySigner>[0]) => boolean) => ({
  signature: {
    bySigner: (input: Parameters<typeof signatureRules.bySigner>[0]) =>
      ignores(input) ? undefined : signatureRules.bySigner(input),
  },
})

const onVouchers = domainBlind(({ action }) => action === 'voucher')

const badSignatures = [
  'voucher.stranger',
  'voucher.other-chain',
  'voucher.other-escrow',
  'voucher.other-protocol',
  'voucher.other-channel',
  'voucher.equal-junk',
]

export const faults = [
  fault({
    name: 'refuses-vouchers',
    breaks: 'SESS-VOUCH-010',
    caughtBy: ['voucher.advances'],
    rules: { voucher: { notOver: () => refuse('verification-failed', 'no') } },
  }),
  fault({
    name: 'receipt-shows-old-total',
    breaks: 'SESS-RCPT-001',
    caughtBy: ['voucher.receipt'],
    http: (handler) => {
      const told = new Map<unknown, unknown>()
      return alterReceipt(paying('voucher'), (receipt) => {
        const { channelId, acceptedCumulative } = receipt as Record<string, string>
        receipt['acceptedCumulative'] =
          told.get(channelId) === acceptedCumulative ? (acceptedCumulative ?? '') : '1000'
        told.set(channelId, acceptedCumulative)
      })(handler)
    },
  }),
  fault({
    name: 'refuses-equal-voucher',
    breaks: 'SESS-VOUCH-006',
    caughtBy: ['voucher.equal'],
    like: ['wevm/mppx#221'],
    rules: {
      voucher: {
        notLower: (ledger, input) =>
          input.cumulativeAmount > ledger.accepted
            ? undefined
            : refuse('session/delta-too-small', 'not increasing'),
      },
    },
  }),
  fault({
    name: 'bills-vouchers',
    breaks: 'SESS-ACCT-012',
    caughtBy: ['voucher.equal-buys-nothing', 'audit.captured-is-delivered'],
    like: ['wevm/mppx#561'],
    rules: {
      books: {
        acceptVoucher: (ledger, input) =>
          input.cumulativeAmount === ledger.accepted && ledger.spent === 0n
            ? { ...ledger, spent: 1000n, units: 1 }
            : Accounting.acceptVoucher(ledger, input),
      },
    },
  }),
  fault({
    name: 'strictly-below-deposit',
    breaks: 'SESS-VOUCH-008',
    caughtBy: ['voucher.at-deposit'],
    rules: {
      voucher: {
        withinDeposit: (ledger, input) =>
          input.cumulativeAmount < ledger.deposit
            ? undefined
            : refuse('session/amount-exceeds-deposit', 'no'),
      },
    },
  }),
  fault({
    name: 'strict-members',
    breaks: 'SESS-CRED-002',
    caughtBy: ['voucher.unknown-member'],
    http: instead(
      voucherWith((payload) => 'later' in payload),
      () => new Response(null, { status: 402 }),
    ),
  }),
  fault({
    name: 'case-sensitive-channel',
    breaks: 'SESS-ACCT-003',
    caughtBy: ['voucher.mixed-case'],
    like: ['mppx 1ba7af2'],
    http: instead(
      voucherWith((payload) => /[A-F]/.test(String(payload['channelId']))),
      () => new Response(null, { status: 410 }),
    ),
  }),
  fault({
    name: 'long-signatures-only',
    breaks: 'SESS-SIG-008',
    caughtBy: ['voucher.compact'],
    rules: {
      signature: {
        wellFormed: (input) =>
          input.signature.length === 132
            ? signatureRules.wellFormed(input)
            : refuse('session/invalid-signature', 'no'),
      },
    },
  }),
  fault({
    name: 'lower-voucher-accepted',
    breaks: 'SESS-VOUCH-005',
    caughtBy: ['voucher.lower'],
    like: ['tempoxyz/mpp-rs#247'],
    rules: { voucher: { notLower: ok } },
  }),
  fault({
    name: 'voucher-above-deposit',
    breaks: 'SESS-VOUCH-008',
    caughtBy: [
      'voucher.over-deposit',
      'replay.top-up',
      'streaming.over-deposit',
      'audit.books-within-vouchers',
    ],
    rules: { voucher: { withinDeposit: ok } },
  }),
  fault({
    name: 'captures-with-refused-voucher',
    breaks: 'SESS-SETL-009',
    caughtBy: ['audit.captured-within-accepted', 'audit.captured-is-delivered'],
    during: ['voucher'],
    options: { requireCloseSignature: false },
    rules: {
      books: { captureAmount: (ledger, close) => Uint.min(ledger.deposit, close?.cumulativeAmount ?? 0n) },
    },
    http: (handler) => {
      const kept = new Map<unknown, object>()
      return async (request) => {
        const credential = credentialOf(request)
        const { action, channelId, cumulativeAmount, signature } = credential?.payload ?? {}
        const { headers, method, url, signal } = request
        const better = kept.get(channelId)
        if (credential !== undefined && action === 'close' && better !== undefined) {
          // The consent to close is signed for the other amount.
          const { closeSignature: _, ...payload } = credential.payload
          const swapped = { ...credential, payload: { ...payload, ...better } }
          headers.set('authorization', Credential.encode(swapped as never))
        }
        const response = await handler(new Request(url, { method, headers, signal }))
        if (
          action === 'voucher' &&
          !response.ok &&
          typeof cumulativeAmount === 'string' &&
          cumulativeAmount.length > 4
        )
          kept.set(channelId, { cumulativeAmount, signature })
        return response
      }
    },
  }),
  fault({
    name: 'over-deposit-called-delta',
    breaks: 'SESS-ERR-005',
    caughtBy: ['voucher.over-deposit-label'],
    http: alterProblem((_, type) => type.endsWith('amount-exceeds-deposit'), 'session/delta-too-small'),
  }),
  fault({
    name: 'unverified-vouchers',
    breaks: 'SESS-VOUCH-003',
    caughtBy: [...badSignatures, 'audit.books-within-vouchers', 'audit.captured-is-delivered'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: onVouchers,
  }),
  fault({
    name: 'stranger-called-missing-channel',
    breaks: 'SESS-ERR-004',
    caughtBy: ['voucher.stranger-label'],
    http: alterProblem((_, type) => type.endsWith('signer-mismatch'), 'session/channel-not-found'),
  }),
  fault({
    name: 'accepts-high-s',
    breaks: 'SESS-SIG-007',
    caughtBy: ['voucher.high-s', 'audit.books-within-vouchers'],
    rules: {
      signature: {
        canonical: (input) => (input.action === 'voucher' ? undefined : signatureRules.canonical(input)),
      },
    },
  }),
  fault({
    name: 'high-s-called-required',
    breaks: 'SESS-ERR-003',
    caughtBy: ['voucher.high-s-label', 'close.bad-signature-label'],
    http: alterProblem((_, type) => /invalid-signature$/.test(type), 'payment-required'),
  }),
  fault({
    name: 'descriptor-not-compared',
    breaks: 'SESS-VOUCH-002',
    caughtBy: ['voucher.other-descriptor', 'close.other-descriptor', 'audit.books-within-vouchers'],
    rules: { descriptor: { channelIdIsDerived: ok }, knownChannel: { sameDescriptor: ok } },
  }),
  fault({
    name: 'serves-unknown-channel',
    breaks: 'SESS-ERR-001',
    caughtBy: ['voucher.unknown-channel'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('voucher')(request) && response.status === 410 ? new Response('a poem') : response
    },
  }),
  fault({
    name: 'unknown-channel-called-required',
    breaks: 'SESS-ERR-007',
    caughtBy: ['voucher.unknown-channel-label', 'descriptor.rederived-label'],
    http: alterProblem((_, type) => type.endsWith('channel-not-found'), 'payment-required'),
  }),
  fault({
    name: 'lenient-amounts',
    breaks: 'SESS-ENC-007',
    caughtBy: ['voucher.bad-amount'],
    http: (handler) =>
      instead(
        voucherWith(
          ({ action, cumulativeAmount }) =>
            action === 'voucher' && !/^[0-9]+$/.test(String(cumulativeAmount)),
        ),
        (request) => inventedReceipt(request),
      )(handler),
  }),
  fault({
    name: 'voucher-without-signature',
    breaks: 'SESS-CRED-004',
    caughtBy: ['voucher.missing-field'],
    http: instead(
      voucherWith(({ action, signature }) => action === 'voucher' && signature === undefined),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'any-action-is-a-voucher',
    breaks: 'SESS-FEE-007',
    caughtBy: ['voucher.unknown-action'],
    http: instead(
      voucherWith(({ action }) => action === 'refund'),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'receipt-on-refusal',
    breaks: 'SESS-ERR-011',
    caughtBy: ['voucher.no-receipt-on-refusal'],
    http: onResponse(
      (request, { status }) => paying('voucher')(request) && status >= 400,
      (response) => withHeaders(response, (headers) => headers.set('payment-receipt', 'e30')),
    ),
  }),
  fault({
    name: 'refuses-without-challenge',
    breaks: 'CORE-STAT-008',
    caughtBy: ['voucher.challenge-on-refusal'],
    like: ['tempoxyz/mpp-go#74'],
    http: onResponse(
      (request, { status }) => paying('open', 'voucher')(request) && status === 402,
      (response) => withHeaders(response, (headers) => headers.delete('www-authenticate')),
    ),
  }),
]
