/** Servers that lose count when streams race with streams, vouchers, closes and hang-ups. */
import * as Uint from '../../../../../src/codec/uint.ts'
import * as Accounting from '../../../../../src/mpp/ledger.ts'
import { isStream } from '../../../../peers/answers.ts'
import { throughBody } from '../../../../peers/mpp/payee/body.ts'
import { amend, readThenWrite } from '../../../../peers/mpp/payee/store.ts'
import { alterEvent, credentialOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
  fault({
    name: 'asks-with-another-deposit',
    breaks: 'SESS-SSE-003',
    caughtBy: ['streaming.ask-is-true'],
    http: alterEvent('payment-need-voucher', (data) => {
      data['deposit'] = '1'
    }),
  }),
  fault({
    name: 'each-stream-credits-the-voucher',
    breaks: 'SESS-SSE-015',
    caughtBy: ['streaming.two-at-once', 'streaming.second'],
    like: ['GHSA-8c63-r789-xrrf'],
    http: (handler, { store }) => {
      const streamed = new Set<unknown>()
      return async (request) => {
        const response = await handler(request)
        const { channelId, cumulativeAmount } = credentialOf(request)?.payload ?? {}
        if (!isStream(response)) return response
        if (streamed.has(channelId))
          await amend(store, channelId, ({ accepted }) => ({
            accepted: accepted + BigInt(String(cumulativeAmount)),
          }))
        streamed.add(channelId)
        return response
      }
    },
  }),
  fault({
    name: 'streams-never-close',
    breaks: 'SESS-GEN-004',
    caughtBy: ['streaming.second-ends-first', 'streaming.close-ends', 'brief.ends'],
    like: ['tempoxyz/mpp-rs#425'],
    http: throughBody((source) => ({
      async pull(controller) {
        const { value, done } = await source.read()
        if (done) await new Promise(() => undefined)
        else controller.enqueue(value)
      },
      cancel: (reason) => source.cancel(reason),
    })),
  }),
  fault({
    name: 'vouchers-read-then-write',
    breaks: 'SESS-GEN-005',
    caughtBy: ['streaming.racing-vouchers', 'streaming.two-at-once', 'audit.captured-is-delivered'],
    like: ['solana-foundation/pay-kit#211', 'mpp-rs 52742945346'],
    store: readThenWrite('accepted'),
  }),
  fault({
    name: 'streams-on-without-a-client',
    breaks: 'SESS-RCPT-005',
    caughtBy: ['streaming.hung-up', 'slow.cut-stops', 'audit.captured-is-delivered'],
    like: ['mppx 910102d'],
    http: throughBody((source) => ({
      async pull(controller) {
        const { value, done } = await source.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        while (!(await source.read()).done);
      },
    })),
  }),
  fault({
    name: 'captures-less-than-was-streamed',
    breaks: 'SESS-CLOSE-012',
    caughtBy: ['streaming.close-race', 'audit.captured-is-delivered'],
    rules: {
      books: { captureAmount: (ledger) => Uint.max(Accounting.captureAmount(ledger) - 1n, 0n) },
    },
  }),
]
