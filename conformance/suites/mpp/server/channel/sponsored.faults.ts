/** Servers that sponsor too much, or promise to and do not. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import * as Transaction from '../../../../../src/chain/transaction.ts'
import type { Hex } from '../../../../../src/codec/hex.ts'
import { pathUsd } from '../../../../../src/contracts/token.ts'
import type { RuleOverrides } from '../../../../../src/mpp/server/rules/rules.ts'
import {
  openTransactionRules,
  topUpTransactionRules,
} from '../../../../../src/mpp/server/rules/transaction.ts'
import { signatureRules } from '../../../../../src/mpp/server/rules/voucher.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { payee } from '../../../../peers/mpp/payee/reference.ts'
import { crashing, instead, inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Sponsors and sends whatever waits for a fee payer, and looks at it afterwards. */
function sponsorsFirst() {
  let node: Rpc
  const send = async (raw: Hex) => {
    if (Transaction.decode(raw).feePayer !== 'awaited') return
    const sponsored = await Transaction.sponsor(raw, pathUsd, payee)
    await node.request({ method: 'eth_sendRawTransaction', params: [sponsored] })
  }
  return {
    // It has not begun these opens by its own books, and takes them over all the same.
    rules: { opening: { notUsedElsewhere: ok } },
    chain: (chain: Rpc) => {
      node = chain
      return chain
    },
    http: (handler: (request: Request) => Promise<Response>) => async (request: Request) => {
      // What the node refuses it refuses again when the handler sends it.
      if (paying('open', 'topUp')(request))
        await Promise.allSettled([send(String(payloadOf(request)['transaction']) as Hex)])
      return handler(request)
    },
  }
}

/** Budgets that nothing exhausts. */
const boundless = {
  maxFeesPerPayerPerMinute: 10n ** 12n,
  maxFeesPerMinute: 10n ** 12n,
  maxFeesPerDay: 10n ** 12n,
}

/** A node that takes its time to simulate, as nodes at the other end of a network do. */
const thoughtful = (chain: Rpc): Rpc => ({
  async request(request) {
    const answer = await chain.request(request)
    const [first] = (request.params ?? []) as unknown[]
    if (request.method === 'eth_call' && Object.hasOwn(first as object, 'calls')) await sleep(50)
    return answer
  },
})

/** A deposit of more than one unit is enough, whatever the fee. */
const enough: RuleOverrides['sponsorship'] = {
  depositWorthIt: ({ deposit = 0n }) =>
    deposit > 1_000n ? undefined : refuse('payment-insufficient', 'a deposit of one unit'),
}

const unsupported = (sponsoring: boolean) =>
  sponsoring ? refuse('verification-failed', 'the fee payer is not configured') : undefined

/** Servers that sponsor what is lawful, whatever it costs. */
const costly = [
  fault({
    name: 'sponsors-what-reverts',
    breaks: 'SESS-FEE-011',
    caughtBy: ['sponsor.reverting-open', 'sponsor.reverting-top-up', 'sponsor.racing-opens'],
    like: ['wevm/mppx#657', 'wevm/mppx#407'],
    rules: { preflight: { succeeds: ok } },
  }),
  fault({
    name: 'sponsors-all-at-once',
    breaks: 'SESS-FEE-011',
    caughtBy: ['sponsor.racing-opens'],
    like: ['wevm/mppx#407'],
    rules: { books: { sponsorTurn: ({ hash }) => hash } },
    chain: thoughtful,
  }),
  fault({
    name: 'sponsors-any-tip',
    breaks: 'SESS-FEE-012',
    caughtBy: ['sponsor.tip'],
    like: ['wevm/mppx#342', 'tempoxyz/mpp-rs#229'],
    rules: { sponsor: { feePerGasWithin: ok, priorityFeeWithin: ok, feeWithin: ok }, sponsorship: enough },
    options: { sponsor: boundless },
  }),
  fault({
    name: 'sponsors-any-gas-limit',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.gas-limit'],
    like: ['wevm/mppx#342', 'tempoxyz/mpp-rs#229'],
    rules: { sponsor: { gasWithin: ok, feeWithin: ok }, sponsorship: enough },
    options: { sponsor: boundless },
  }),
  fault({
    name: 'sponsors-access-lists',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.access-list'],
    rules: { sponsor: { noAccessList: ok } },
  }),
  fault({
    name: 'sponsors-padding',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.padding'],
    rules: { sponsor: { canonicalCalls: ok } },
  }),
  fault({
    name: 'sponsors-sequences',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.nonce-key'],
    rules: { sponsor: { expiringNonce: ok } },
  }),
  fault({
    name: 'sponsors-for-a-day',
    breaks: 'SESS-FEE-013',
    caughtBy: ['sponsor.validity'],
    rules: { sponsorship: { inWindow: ok } },
  }),
  fault({
    name: 'sponsors-tiny-deposits',
    breaks: 'SESS-FEE-014',
    caughtBy: ['sponsor.tiny-deposit'],
    rules: { sponsorship: { depositWorthIt: ok } },
  }),
]

export const sponsoredFaults = [
  fault({
    name: 'sponsors-before-checking',
    breaks: 'SESS-FEE-009',
    caughtBy: [
      'sponsored.other-payee',
      'sponsored.other-channel',
      'sponsored.extra-call',
      'sponsored.no-reserve-call',
      'sponsored.other-chain',
      'sponsored.bad-voucher',
      'sponsored.lying-top-up',
      'audit.conserved',
    ],
    like: ['mpp-rs 70846716383'],
    ...sponsorsFirst(),
  }),
  fault({
    name: 'sponsors-any-open',
    breaks: 'SESS-FEE-005',
    caughtBy: ['sponsored.other-payee', 'sponsored.other-channel', 'audit.conserved'],
    rules: { openTransaction: { opensDescriptor: ok } },
  }),
  fault({
    name: 'sponsors-further-calls',
    breaks: 'SESS-FEE-009',
    caughtBy: ['sponsored.extra-call', 'audit.conserved'],
    rules: { openTransaction: { oneReserveCall: ok } },
  }),
  fault({
    name: 'sponsors-opens-of-other-chains',
    breaks: 'SESS-FEE-009',
    caughtBy: ['sponsored.other-chain'],
    rules: { openTransaction: { rightChain: ok } },
  }),
  fault({
    name: 'sponsors-unsigned-vouchers',
    breaks: 'SESS-FEE-005',
    caughtBy: ['sponsored.bad-voucher'],
    rules: {
      signature: {
        bySigner: (input) => (input.action === 'open' ? undefined : signatureRules.bySigner(input)),
      },
    },
  }),
  fault({
    name: 'sponsors-any-top-up',
    breaks: 'SESS-FEE-005',
    caughtBy: ['sponsored.lying-top-up'],
    rules: { topUpTransaction: { amountIsClaimed: ok } },
  }),
  fault({
    name: 'fee-payer-unsupported',
    breaks: 'SESS-FEE-003',
    caughtBy: ['sponsored.opens'],
    like: ['mpp-rs 70428757192'],
    rules: {
      openTransaction: {
        feeArranged: (input) => unsupported(input.sponsoring) ?? openTransactionRules.feeArranged(input),
      },
    },
  }),
  fault({
    name: 'fee-payer-for-opens-only',
    breaks: 'SESS-FEE-003',
    caughtBy: ['sponsored.tops-up'],
    rules: {
      topUpTransaction: {
        feeArranged: (input) => unsupported(input.sponsoring) ?? topUpTransactionRules.feeArranged(input),
      },
    },
  }),
  fault({
    name: 'sponsors-in-name-only',
    breaks: 'SESS-FEE-003',
    caughtBy: ['sponsored.fee-payer'],
    http: instead(
      (request) => paying('open')(request) && payloadOf(request)['cumulativeAmount'] === '2000',
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'closes-at-the-payers-cost',
    breaks: 'SESS-FEE-008',
    caughtBy: ['sponsored.close', 'audit.captured-is-delivered'],
    rules: { books: { captureAmount: ({ accepted }) => accepted } },
  }),
  ...costly,
  fault({
    name: 'crashes-instead-of-sponsoring',
    breaks: 'CORE-PROB-010',
    caughtBy: ['sponsored.no-5xx', 'sponsor.no-5xx'],
    http: crashing('open', /verification-failed/),
  }),
]
