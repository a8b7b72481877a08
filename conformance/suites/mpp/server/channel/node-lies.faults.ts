/** Servers that believe a transaction was enough, whatever the chain says came of it. */
import type { Receipt } from '../../../../../src/chain/client.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { openedRules, toppedUpRules } from '../../../../../src/mpp/server/rules/chain.ts'
import { refuse } from '../../../../../src/mpp/wire/problem.ts'
import { believingErrors } from '../../../../peers/mpp/payee/chain.ts'
import { inventedReceipt, paying, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault, ok } from '../fault.ts'

/** Whose logs a receipt has: none, another contract's, or the reserve's. */
const logsOf = ({ logs }: Receipt): 'none' | 'foreign' | 'ours' =>
  logs.length === 0 ? 'none' : logs.some(({ address }) => address === Reserve.address) ? 'ours' : 'foreign'

/** Misses the event of an open when the receipt looks in one way. */
const openMisses = (picks: (receipt: Receipt) => boolean) => ({
  emitted: (input: Parameters<typeof openedRules.emitted>[0]) =>
    picks(input.receipt) ? undefined : openedRules.emitted(input),
})

/** Misses the event of a top-up when the receipt looks in one way. */
const topUpMisses = (picks: (receipt: Receipt) => boolean) => ({
  emitted: (input: Parameters<typeof toppedUpRules.emitted>[0]) =>
    picks(input.receipt) ? undefined : toppedUpRules.emitted(input),
  deposited: (input: Parameters<typeof toppedUpRules.deposited>[0]) =>
    picks(input.receipt) ? undefined : toppedUpRules.deposited(input),
})

const reverted = ({ success }: Receipt) => !success

const looks = (how: ReturnType<typeof logsOf>) => (receipt: Receipt) =>
  receipt.success && logsOf(receipt) === how

export const faults = [
  fault({
    name: 'one-denial-ends-a-channel',
    breaks: 'SESS-VOUCH-010',
    caughtBy: ['node-lies.stale-voucher', 'node-lies.stale-close'],
    rules: { books: { miss: (ledger) => ({ ...ledger, phase: 'closed' }) } },
  }),
  fault({
    name: 'errors-mean-not-sent',
    breaks: 'SESS-CLOSE-012',
    caughtBy: ['node-lies.answer-lost', 'node-lies.close-unknown', 'lost-answer.charge'],
    chain: believingErrors,
  }),
  fault({
    name: 'failed-open-counts',
    breaks: 'SESS-OPEN-006',
    caughtBy: ['node-lies.open-failed'],
    like: ['x402-foundation/x402#676'],
    rules: { opened: { succeeded: ok, ...openMisses(reverted) } },
  }),
  fault({
    name: 'open-without-log-counts',
    breaks: 'SESS-OPEN-006',
    caughtBy: ['node-lies.open-no-log'],
    like: ['x402-foundation/x402#3096'],
    rules: { opened: openMisses(looks('none')) },
  }),
  fault({
    name: 'open-of-any-contract-counts',
    breaks: 'SESS-OPEN-006',
    caughtBy: ['node-lies.open-other-contract'],
    rules: { opened: openMisses(looks('foreign')) },
  }),
  fault({
    name: 'open-of-any-channel-counts',
    breaks: 'SESS-OPEN-006',
    caughtBy: ['node-lies.open-other-channel'],
    rules: { opened: openMisses(looks('ours')) },
  }),
  fault({
    name: 'late-open-refused',
    breaks: 'SESS-OPEN-015',
    caughtBy: ['node-lies.open-late', 'node-lies.close-late', 'node-lies.close-unknown'],
    chain: (chain) => ({
      // Gives up at the first receipt that is not there yet.
      async request(request) {
        const answer = await chain.request(request)
        return answer === null && request.method === 'eth_getTransactionReceipt'
          ? { transactionHash: (request.params as unknown[])[0], blockNumber: '0x0', status: '0x0', logs: [] }
          : answer
      },
    }),
  }),
  fault({
    name: 'failed-top-up-counts',
    breaks: 'SESS-TOPUP-007',
    caughtBy: ['node-lies.top-up-failed'],
    rules: { toppedUp: { succeeded: ok, ...topUpMisses(reverted) } },
  }),
  fault({
    name: 'top-up-of-any-contract-counts',
    breaks: 'SESS-TOPUP-006',
    caughtBy: ['node-lies.top-up-other-contract'],
    rules: { toppedUp: topUpMisses(looks('foreign')) },
  }),
  fault({
    name: 'top-up-of-any-channel-counts',
    breaks: 'SESS-TOPUP-006',
    caughtBy: ['node-lies.top-up-other-channel'],
    rules: { toppedUp: topUpMisses(looks('ours')) },
  }),
  fault({
    name: 'failed-close-counts',
    breaks: 'SESS-CLOSE-013',
    caughtBy: ['node-lies.close-failed', 'node-lies.close-refused'],
    like: ['wevm/mppx#340', 'x402-foundation/x402#676'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return paying('close')(request) && response.status === 402
        ? inventedReceipt(request, { txHash: `0x${'77'.repeat(32)}` })
        : response
    },
  }),
  fault({
    name: 'failed-close-ends-channel',
    breaks: 'SESS-CLOSE-013',
    caughtBy: ['node-lies.close-retried'],
    like: ['wevm/mppx#340'],
    http: (handler) => {
      const tried = new Set<unknown>()
      return async (request) => {
        const again = paying('close')(request) && tried.has(payloadOf(request)['channelId'])
        if (again) return new Response(null, { status: 410 })
        const response = await handler(request)
        if (paying('close')(request)) tried.add(payloadOf(request)['channelId'])
        return response
      }
    },
  }),
  fault({
    name: 'open-that-failed-once-is-spent',
    breaks: 'SESS-OPEN-015',
    caughtBy: ['node-lies.answer-lost', 'node-lies.close-unknown'],
    like: ['tempoxyz/mpp-rs#152'],
    chain: believingErrors,
    http: (handler) => {
      const tried = new Set<unknown>()
      return async (request) => {
        const { transaction } = payloadOf(request)
        if (paying('open')(request) && tried.has(transaction)) return new Response(null, { status: 402 })
        if (paying('open')(request)) tried.add(transaction)
        return handler(request)
      }
    },
  }),
  fault({
    name: 'gives-up-on-a-slow-node',
    breaks: 'SESS-VOUCH-013',
    caughtBy: ['node-lies.unreachable'],
    http: (handler) => {
      const lost = new Set<unknown>()
      return async (request) => {
        const channel = payloadOf(request)['channelId']
        if (paying('voucher')(request) && lost.has(channel)) return new Response(null, { status: 402 })
        const response = await handler(request)
        const refused = paying('voucher')(request) && response.status === 402
        if (refused && (await response.clone().text()).includes('cannot be reached')) lost.add(channel)
        return response
      }
    },
  }),
  fault({
    name: 'vouchers-on-channels-that-are-gone',
    breaks: 'SESS-REORG-002',
    caughtBy: ['node-lies.channel-gone'],
    like: ['tempoxyz/mpp-rs#250'],
    rules: {
      books: {
        observe: (ledger, seen) => (seen.deposit === 0n ? ledger : Accounting.observe(ledger, seen)),
        miss: (ledger) => ledger,
      },
    },
  }),
  fault({
    name: 'gone-called-delta',
    breaks: 'SESS-ERR-007',
    caughtBy: ['node-lies.channel-gone-label'],
    rules: {
      voucher: {
        notOver: ({ phase, missing }) =>
          phase === 'open' && missing === undefined
            ? undefined
            : refuse('session/delta-too-small', 'the channel is over'),
      },
    },
  }),
]
