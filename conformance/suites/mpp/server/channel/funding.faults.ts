/** Servers that believe a deposit the chain did not take, or take one without keeping the books. */
import type { Rpc } from '../../../../../src/chain/rpc.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import type { RuleOverrides } from '../../../../../src/mpp/server/rules/rules.ts'
import {
  type TransactionInput,
  topUpTransactionRules,
} from '../../../../../src/mpp/server/rules/transaction.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterProblem,
  instead,
  inventedReceipt,
  paying,
  payloadOf,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Takes another kind of call for a top-up, and sends it before it looks at what came of it. */
const anyCall = (picks: (input: TransactionInput) => boolean): RuleOverrides => {
  const { oneReserveCall, topsUpDescriptor, amountIsClaimed } = topUpTransactionRules
  return {
    topUpTransaction: {
      oneReserveCall: (input) => (picks(input) ? undefined : oneReserveCall(input)),
      topsUpDescriptor: (input) => (picks(input) ? undefined : topsUpDescriptor(input)),
      amountIsClaimed: (input) => (picks(input) ? undefined : amountIsClaimed(input)),
    },
  }
}

/** Sends the transaction of an open before anything about its credential was checked. */
function sendsFirst() {
  let node: Rpc
  return {
    // It has not begun these opens by its own books, and takes them over all the same.
    rules: { opening: { notUsedElsewhere: ok } },
    chain: (chain: Rpc) => {
      node = chain
      return chain
    },
    http: (handler: (request: Request) => Promise<Response>) => async (request: Request) => {
      const { transaction } = payloadOf(request)
      // A refusal of the node is the handler's to report: it sends the same bytes again.
      if (paying('open')(request))
        await Promise.allSettled([node.request({ method: 'eth_sendRawTransaction', params: [transaction] })])
      return handler(request)
    },
  }
}

/** Takes over the first deposit that is higher, and no other afterwards. */
function firstTopUpOnly(): typeof Accounting.observe {
  return (ledger, seen) =>
    seen.deposit > ledger.deposit && ledger.deposit > 40_000n
      ? { ...Accounting.observe(ledger, seen), deposit: ledger.deposit }
      : Accounting.observe(ledger, seen)
}

export const faults = [
  fault({
    name: 'open-of-its-own-making',
    breaks: 'SESS-FEE-004',
    caughtBy: ['funding.as-received'],
    http: instead(
      (request) => paying('open')(request) && payloadOf(request)['cumulativeAmount'] === '2000',
      (request) => inventedReceipt(request),
    ),
  }),
  fault({
    name: 'reverted-open-accepted',
    breaks: 'SESS-OPEN-006',
    caughtBy: ['funding.reverted-open'],
    like: ['wevm/mppx#340'],
    rules: { opened: { succeeded: ok, emitted: ok, exists: ok, funded: ok } },
  }),
  fault({
    name: 'sends-before-checking',
    breaks: 'SESS-FEE-009',
    caughtBy: ['funding.refused-not-sent'],
    like: ['mpp-rs 70846716383'],
    ...sendsFirst(),
  }),
  fault({
    name: 'transfer-tops-up',
    breaks: 'SESS-TOPUP-004',
    caughtBy: ['funding.transfer-for-top-up', 'audit.conserved'],
    rules: anyCall(({ transaction }) => transaction.calls[0]?.to !== Reserve.address),
  }),
  fault({
    name: 'open-tops-up',
    breaks: 'SESS-TOPUP-004',
    caughtBy: ['funding.open-for-top-up', 'audit.conserved'],
    rules: anyCall(({ call }) => call?.type === 'open'),
  }),
  fault({
    name: 'reverted-top-up-credited',
    breaks: 'SESS-TOPUP-007',
    caughtBy: ['funding.reverted-top-up'],
    rules: { toppedUp: { succeeded: ok, emitted: ok, deposited: ok } },
  }),
  fault({
    name: 'top-up-answers-any-challenge',
    breaks: 'SESS-TOPUP-003',
    caughtBy: ['funding.unknown-challenge'],
    like: ['tempoxyz/mpp-rs#97'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('topUp')(request) && (await response.clone().text()).includes('invalid-challenge')
        ? inventedReceipt(request)
        : response
    },
  }),
  fault({
    name: 'unknown-challenge-called-delta',
    breaks: 'SESS-ERR-009',
    caughtBy: ['funding.unknown-challenge-label'],
    http: alterProblem(
      (request, type) => paying('topUp')(request) && type.endsWith('invalid-challenge'),
      'session/delta-too-small',
    ),
  }),
  fault({
    name: 'deposit-buys-content',
    breaks: 'SESS-TOPUP-009',
    caughtBy: ['funding.no-free-credit'],
    like: ['wevm/mppx#364'],
    // The balance is what is deposited above what was asked for at first, not what a voucher authorized.
    rules: {
      charge: {
        enoughBalance: (ledger, input) =>
          ledger.deposit > 80_000n ? undefined : Accounting.chargeRules.enoughBalance(ledger, input),
      },
    },
  }),
  fault({
    name: 'credits-each-of-equal-top-ups',
    breaks: 'SESS-TOPUP-010',
    caughtBy: ['funding.credited-once', 'audit.books-within-vouchers'],
    like: ['solana-foundation/pay-kit#259', 'GHSA-w8j7-7qc3-5f24'],
    http: (handler, { store }) => {
      const seen = new Map<unknown, number>()
      return async (request) => {
        const response = await handler(request)
        if (!paying('topUp')(request) || !response.ok) return response
        const { transaction, channelId, additionalDeposit } = payloadOf(request)
        const times = (seen.get(transaction) ?? 0) + 1
        seen.set(transaction, times)
        if (times < 2) return response
        const more = BigInt(String(additionalDeposit))
        await amend(store, channelId, ({ deposit }) => ({ deposit: deposit + more }))
        return response
      }
    },
    rules: {
      books: { observe: (ledger, seen) => (seen.deposit > ledger.deposit ? { ...ledger, ...seen } : ledger) },
    },
  }),
  fault({
    name: 'one-top-up-at-a-time',
    breaks: 'SESS-TOPUP-008',
    caughtBy: ['funding.both-credited'],
    like: ['tempoxyz/mpp-rs#334'],
    rules: { books: { observe: firstTopUpOnly() } },
  }),
]
