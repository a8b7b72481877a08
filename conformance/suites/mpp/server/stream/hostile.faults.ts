/** Servers that cannot tell content from the framing of events. */
import { isStream } from '../../../../peers/answers.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterStream,
  credentialOf,
  onResponse,
  paying,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Frames of content of several lines. */
const ofLines = (change: (frame: string) => string) =>
  alterStream((frame) => (/\ndata: /.test(frame) && !/^event: payment-/.test(frame) ? change(frame) : frame))

export const faults = [
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
