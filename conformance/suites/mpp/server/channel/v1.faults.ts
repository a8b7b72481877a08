/** Servers that are wrong about v1 channels. */
import { zeroBytes32 } from '../../../../../src/codec/hex.ts'
import type * as Json from '../../../../../src/codec/json.ts'
import { encodeCall } from '../../../../../src/contracts/escrow-abi.ts'
import type { Handler } from '../../../../../src/mpp/server/payments.ts'
import { highest } from '../../../../../src/mpp/server/retained.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { swallowing } from '../../../../peers/mpp/payee/chain.ts'
import {
  alterPayload,
  alterReceipt,
  alterStream,
  at,
  credentialOf,
  instead,
  inventedReceipt,
  paying,
  payloadOf,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

export const onV1 = at('/v1')

const voucherOnV1 = (request: Request) => onV1(request) && paying('voucher')(request)

export const described = (request: Request) => payloadOf(request)['descriptor'] !== undefined

const topUpSelector = encodeCall({ type: 'topUp', channelId: zeroBytes32, additionalDeposit: 0n }).slice(
  0,
  10,
) as `0x${string}`

/** The first open of each payer that comes to `/v1`. */
const firstOpen = () => {
  const firsts = new Map<Json.JsonValue | undefined, Json.JsonValue | undefined>()
  return (request: Request) => {
    if (!onV1(request) || !paying('open')(request)) return false
    const { payload, source } = credentialOf(request) ?? {}
    if (!firsts.has(source)) firsts.set(source, payload?.['channelId'])
    return firsts.get(source) === payload?.['channelId']
  }
}

/** Answers 2xx what a good server answers 410. */
const revives =
  (action: string) =>
  (handler: Handler): Handler =>
  async (request) => {
    const response = await handler(request)
    const over = onV1(request) && paying(action)(request) && response.status === 410
    return over ? inventedReceipt(request) : response
  }

export const faults = [
  fault({
    name: 'v1-refuses-opens',
    breaks: 'SESS-OPEN-015',
    caughtBy: ['v1.open'],
    rules: { escrowOpen: { rightChain: () => refuse('verification-failed', 'no') } },
  }),
  fault({
    name: 'v1-invents-an-open',
    breaks: 'SESS-OPEN-007',
    // A second instance has its own first open.
    caughtBy: ['v1.on-chain', 'v1.finalized'],
    http: (handler) => instead(firstOpen(), (request) => inventedReceipt(request))(handler),
  }),
  fault({
    name: 'v1-any-payee',
    breaks: 'SESS-OPEN-008',
    caughtBy: ['v1.wrong-payee'],
    rules: { escrowOpen: { payeeIsRecipient: ok } },
  }),
  fault({
    name: 'v1-claimed-channel-id',
    breaks: 'SESS-OPEN-018',
    caughtBy: ['v1.wrong-channel-id', 'audit.conserved'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    rules: { escrowOpen: { channelIdIsDerived: ok } },
  }),
  fault({
    name: 'v1-unsigned-open',
    breaks: 'SESS-OPEN-013',
    caughtBy: ['v1.stranger-voucher'],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'open' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'v1-any-deposit',
    breaks: 'SESS-OPEN-010',
    caughtBy: ['v1.small-deposit'],
    rules: { deposit: { coversOneUnit: ok }, opened: { funded: ok } },
  }),
  fault({
    name: 'v1-opens-what-is-closing',
    breaks: 'SESS-OPEN-012',
    caughtBy: ['v1.pending-close'],
    rules: { opening: { notUsedElsewhere: ok }, opened: { notClosing: ok } },
  }),
  fault({
    name: 'v1-opens-what-is-finalized',
    breaks: 'SESS-OPEN-011',
    caughtBy: ['v1.finalized'],
    rules: { opening: { notUsedElsewhere: ok }, opened: { notFinalized: ok } },
  }),
  fault({
    name: 'v1-receipt-of-nothing',
    breaks: 'SESS-VOUCH-010',
    caughtBy: ['v1.voucher'],
    http: alterReceipt(voucherOnV1, (receipt) => {
      receipt['acceptedCumulative'] = '0'
    }),
  }),
  fault({
    name: 'v1-credit-beyond-deposit',
    breaks: 'SESS-VOUCH-008',
    caughtBy: ['v1.beyond-uint96'],
    rules: { voucher: { withinDeposit: ok } },
  }),
  fault({
    name: 'v1-wraps-amounts',
    breaks: 'SESS-ENC-007',
    caughtBy: ['v1.wrapped-amount'],
    http: alterPayload(voucherOnV1, (payload) => {
      const amount = payload['cumulativeAmount']
      if (typeof amount === 'string' && /^[0-9]+$/.test(amount))
        payload['cumulativeAmount'] = (BigInt(amount) % 2n ** 128n).toString()
    }),
  }),
  fault({
    name: 'v1-takes-high-s',
    breaks: 'SESS-SIG-007',
    caughtBy: ['v1.high-s'],
    rules: { signature: { canonical: ok } },
  }),
  fault({
    name: 'v1-takes-descriptors',
    breaks: 'SESS-PROTO-004',
    caughtBy: ['v1.v2-voucher', 'v1.v2-channel'],
    http: instead(
      (request) => voucherOnV1(request) && described(request),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'pays-v2-with-v1-vouchers',
    breaks: 'SESS-PROTO-004',
    caughtBy: ['v1.on-v2', 'protocol.other-voucher'],
    http: instead(
      (request) => !onV1(request) && paying('voucher')(request) && !described(request),
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'v1-loses-a-unit',
    breaks: 'SESS-SSE-015',
    caughtBy: ['v1.stream'],
    http: alterStream((frame) => (frame.includes('data: roads') ? '' : frame)),
  }),
  fault({
    name: 'v1-imagines-top-ups',
    breaks: 'SESS-TOPUP-007',
    caughtBy: ['v1.top-up'],
    chain: swallowing(topUpSelector),
    rules: { toppedUp: { emitted: ok, deposited: ok } },
  }),
  fault({
    name: 'v1-tops-up-another-channel',
    breaks: 'SESS-TOPUP-004',
    caughtBy: ['v1.top-up-elsewhere'],
    rules: { escrowTopUp: { topsUpChannel: ok } },
  }),
  fault({
    name: 'v1-close-without-transaction',
    breaks: 'SESS-CLOSE-007',
    caughtBy: ['v1.close'],
    http: alterReceipt(paying('close'), (receipt) => delete receipt['txHash']),
  }),
  fault({
    name: 'v1-closes-with-what-was-asked',
    breaks: 'SESS-CLOSE-004',
    caughtBy: ['v1.captures-spent', 'v1.refunds-rest', 'audit.captured-is-delivered'],
    like: ['wevm/mppx#196'],
    rules: { books: { closingVoucher: (_vouchers, _ledger, asked) => asked } },
  }),
  fault({
    name: 'v1-closes-with-the-highest',
    breaks: 'SESS-CLOSE-004',
    caughtBy: ['v1.captures-spent', 'v1.refunds-rest', 'v1.unused', 'audit.captured-is-delivered'],
    rules: { books: { closingVoucher: (vouchers) => highest(vouchers) } },
  }),
  fault({
    name: 'v1-vouchers-after-close',
    breaks: 'SESS-CLOSE-010',
    caughtBy: ['v1.after-close'],
    http: revives('voucher'),
  }),
  fault({
    name: 'v1-reopens',
    breaks: 'SESS-OPEN-016',
    caughtBy: ['v1.reopened'],
    http: revives('open'),
  }),
]
