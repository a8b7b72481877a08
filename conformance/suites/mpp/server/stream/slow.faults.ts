/** Servers that hold units back, or count wrongly while a stream waits or after it was cut. */
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { throughBody } from '../../../../peers/mpp/payee/body.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { alterStream, credentialOf, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** A server that bills a stream while it waits: how often, and milliseconds between. */
const bills = 50

const billingMs = 20

export const faults = [
  fault({
    name: 'holds-back-twelve-events',
    breaks: 'SESS-ACCT-010',
    caughtBy: ['slow.first-unit'],
    like: ['x402-foundation/x402#659'],
    http: throughBody((source) => ({
      async pull(controller) {
        const frames: string[] = []
        let over = false
        while (!over && frames.length < 12 && !frames.some((frame) => frame.startsWith('event: payment-'))) {
          const { value, done } = await source.read()
          if (value !== undefined) frames.push(Utf8.decode(value))
          over = done
        }
        if (frames.length > 0) controller.enqueue(Utf8.encode(frames.join('')))
        if (over) controller.close()
      },
      cancel: (reason) => source.cancel(reason),
    })),
  }),
  fault({
    name: 'takes-back-what-was-cut',
    breaks: 'SESS-CRASH-001',
    caughtBy: ['slow.cut-short', 'audit.captured-is-delivered'],
    like: ['erpc/erpc#831'],
    http:
      (handler, { store }) =>
      (request) => {
        const { channelId } = credentialOf(request)?.payload ?? {}
        return throughBody((source) => ({
          async pull(controller) {
            const { value, done } = await source.read()
            if (done) controller.close()
            else controller.enqueue(value)
          },
          async cancel(reason) {
            await source.cancel(reason)
            await amend(store, channelId, () => ({ spent: 0n }))
          },
        }))(handler)(request)
      },
  }),
  fault({
    name: 'charges-for-waiting',
    breaks: 'SESS-SSE-004',
    caughtBy: ['slow.paused'],
    http:
      (handler, { store }) =>
      (request) => {
        const { channelId, cumulativeAmount } = payloadOf(request)
        // Channels whose other streams are cut off while they wait tell the time: they are left alone.
        if (cumulativeAmount !== '2000') return handler(request)
        const bill = () => amend(store, channelId, ({ spent }) => ({ spent: spent + 1000n }))
        return alterStream((frame) => {
          if (frame.startsWith('event: payment-need-voucher'))
            for (let i = 1; i <= bills; i++) setTimeout(bill, i * billingMs)
          return frame
        })(handler)(request)
      },
  }),
]
