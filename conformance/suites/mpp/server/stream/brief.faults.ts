/** Servers that are wrong about streams after the first, or after the last unit. */
import { isStream } from '../../../../peers/answers.ts'
import { throughBody } from '../../../../peers/mpp/payee/body.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { credentialOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

export const faults = [
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
]
