/** Servers whose streams hold back, run ahead, or cannot tell content from control. */
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import { isStream, throughBody } from '../../../../peers/mpp/payee/body.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterStream,
  credentialOf,
  onResponse,
  paying,
  payloadOf,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Frames of content of several lines. */
const ofLines = (change: (frame: string) => string) =>
  alterStream((frame) => (/\ndata: /.test(frame) && !/^event: payment-/.test(frame) ? change(frame) : frame))

/** A server that bills a stream while it waits: how often, and milliseconds between. */
const bills = 50
const billingMs = 20

export const paceFaults = [
  fault({
    name: 'content-ends-at-its-first-newline',
    breaks: 'CORE-STAT-005',
    caughtBy: ['hostile.whole'],
    like: ['mpp-rs 70715013598'],
    http: ofLines((frame) => `${frame.split('\n').slice(0, 2).join('\n')}\n\n`),
  }),
  fault({
    name: 'charges-every-line',
    breaks: 'SESS-RCPT-005',
    caughtBy: ['hostile.charged-once', 'audit.captured-is-delivered'],
    like: ['wevm/mppx#365'],
    http:
      (handler, { store }) =>
      async (request) => {
        const { channelId } = credentialOf(request)?.payload ?? {}
        const response = await handler(request)
        if (isStream(response)) await amend(store, channelId, ({ spent }) => ({ spent: spent + 1000n }))
        return response
      },
  }),
  fault({
    name: 'content-can-forge-control-events',
    breaks: 'SESS-SSE-002',
    caughtBy: ['hostile.no-forged-control', 'hostile.whole', 'audit.captured-is-delivered'],
    like: ['mpp-rs 70715013598', 'mppx CHANGELOG'],
    http: ofLines((frame) => frame.replace(/^data: (?=event: )/gm, '').replace(/^data: (?=data: )/gm, '')),
  }),
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
  fault({
    name: 'streams-into-memory',
    breaks: 'SESS-ACCT-010',
    caughtBy: ['long.unread'],
    like: ['x402-foundation/x402#659'],
    http: throughBody((source) => ({
      async start(controller) {
        for (;;) {
          const { value, done } = await source.read()
          if (done || Utf8.decode(value).startsWith('event: payment-need-voucher')) return
          controller.enqueue(value)
        }
      },
    })),
  }),
  fault({
    name: 'takes-back-what-was-waited-for',
    breaks: 'SESS-RCPT-005',
    caughtBy: ['brief.nothing-after', 'brief.goes-on', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      (request) => {
        const { channelId } = credentialOf(request)?.payload ?? {}
        return throughBody((source) => ({
          async pull(controller) {
            const { value, done } = await source.read()
            if (!done) return controller.enqueue(value)
            await amend(store, channelId, ({ spent }) => ({ spent: spent - 1000n }))
            controller.close()
          },
        }))(handler)(request)
      },
  }),
  fault({
    name: 'one-stream-a-channel-ever',
    breaks: 'SESS-ACCT-005',
    caughtBy: ['brief.goes-on'],
    like: ['wevm/mppx#481'],
    http: (handler) => {
      const streamed = new Set<unknown>()
      return async (request) => {
        const { channelId } = credentialOf(request)?.payload ?? {}
        if (request.method === 'GET' && streamed.has(channelId)) return new Response(null, { status: 402 })
        const response = await handler(request)
        if (isStream(response)) streamed.add(channelId)
        return response
      }
    },
  }),
  fault({
    name: 'crashes-after-taking-a-voucher',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hostile.no-5xx', 'slow.no-5xx', 'long.no-5xx', 'brief.no-5xx'],
    like: ['wevm/mppx#221'],
    http: onResponse(
      (request, { ok }) => ok && request.method === 'POST' && paying('voucher')(request),
      (response) => withStatus(response, 500),
    ),
  }),
]
