/** Servers that take vouchers at any pace, or punish those who keep theirs. */
import type { Handler } from '../../../../../src/mpp/server/payments.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { credentialOf, inventedReceipt, paying, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const tooMany = () => new Response(null, { status: 429, headers: { 'retry-after': '1' } })

/** A limiter in front of the server: it is told of each voucher and whether the server put it off. */
const before =
  (
    limit: () => { refuses(channelId: unknown): boolean; saw(channelId: unknown, putOff: boolean): void },
  ): Wrap =>
  (handler: Handler) => {
    const { refuses, saw } = limit()
    return async (request) => {
      if (!paying('voucher')(request)) return handler(request)
      const { channelId } = credentialOf(request)?.payload ?? {}
      if (refuses(channelId)) return tooMany()
      const response = await handler(request)
      saw(channelId, response.status === 429)
      return response
    }
  }

export const faults = [
  fault({
    name: 'no-voucher-limit',
    breaks: 'SESS-DOS-001',
    caughtBy: ['rate.limited'],
    options: { vouchersPerSecond: 1_000_000 },
  }),
  fault({
    name: 'receipt-for-what-was-put-off',
    breaks: 'SESS-DOS-001',
    caughtBy: ['rate.refusal'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (response.status !== 429) return response
      const { headers } = inventedReceipt(request)
      headers.set('retry-after', '1')
      return new Response(null, { status: 429, headers })
    },
  }),
  fault({
    name: 'charges-for-what-was-put-off',
    breaks: 'SESS-DOS-001',
    caughtBy: ['rate.refusal', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        if (response.status === 429)
          await amend(store, credentialOf(request)?.payload['channelId'], () => ({ spent: 1000n }))
        return response
      },
  }),
  fault({
    name: 'one-limit-for-all-channels',
    breaks: 'SESS-DOS-001',
    caughtBy: ['rate.other-channel', 'rate.recovers', 'rate.honest'],
    http: before(() => {
      let exceeded = false
      return {
        refuses: () => exceeded,
        saw: (_, putOff) => {
          exceeded ||= putOff
        },
      }
    }),
  }),
  fault({
    name: 'limited-once-and-for-all',
    breaks: 'SESS-DOS-001',
    caughtBy: ['rate.recovers'],
    http: before(() => {
      const exceeded = new Set<unknown>()
      return {
        refuses: (channelId) => exceeded.has(channelId),
        saw: (channelId, putOff) => {
          if (putOff) exceeded.add(channelId)
        },
      }
    }),
  }),
  fault({
    name: 'five-vouchers-a-channel',
    breaks: 'SESS-DOS-001',
    caughtBy: ['rate.honest', 'rate.recovers', 'rate.stranger', 'rate.prepaid'],
    http: before(() => {
      const counts = new Map<unknown, number>()
      return {
        refuses: (channelId) => (counts.get(channelId) ?? 0) >= 5,
        saw: (channelId) => counts.set(channelId, (counts.get(channelId) ?? 0) + 1),
      }
    }),
  }),
  fault({
    name: 'counts-forged-vouchers-against-their-channel',
    breaks: 'SESS-DOS-006',
    caughtBy: ['rate.stranger'],
    http: (handler) => {
      const forged = new Map<unknown, number>()
      return async (request) => {
        if (!paying('voucher')(request)) return handler(request)
        const { channelId } = credentialOf(request)?.payload ?? {}
        if ((forged.get(channelId) ?? 0) >= 10) return tooMany()
        const response = await handler(request)
        const text = await response.clone().text()
        if (/signer-mismatch|invalid-signature/.test(text) || (response.status === 402 && text === ''))
          forged.set(channelId, (forged.get(channelId) ?? 0) + 1)
        return response
      }
    },
  }),
  fault({
    name: 'ten-paid-requests-a-second',
    breaks: 'SESS-DOS-006',
    caughtBy: ['rate.prepaid'],
    http: (handler) => {
      const asked = new Map<unknown, number>()
      return async (request) => {
        if (!paying('voucher')(request) || request.method !== 'GET') return handler(request)
        const { channelId } = credentialOf(request)?.payload ?? {}
        asked.set(channelId, (asked.get(channelId) ?? 0) + 1)
        return (asked.get(channelId) ?? 0) > 10 ? tooMany() : handler(request)
      }
    },
  }),
  fault({
    name: 'crashes-when-put-off',
    breaks: 'CORE-PROB-010',
    caughtBy: ['rate.no-5xx', 'rate.limited'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      return response.status === 429 ? new Response(null, { status: 500 }) : response
    },
  }),
]
