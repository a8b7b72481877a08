/** Servers that count a request twice when it comes twice. */
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { credentialOf, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** Opens of channels that were opened before. */
const repeated = () => {
  const seen = new Set<unknown>()
  return (request: Request) => {
    const { payload } = credentialOf(request) ?? {}
    if (payload?.['action'] !== 'open') return false
    const again = seen.has(payload['channelId'])
    seen.add(payload['channelId'])
    return again
  }
}

export const faults = [
  fault({
    name: 'replayed-open-resets',
    breaks: 'SESS-OPEN-016',
    caughtBy: ['replay.open', 'audit.captured-is-delivered'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: (handler, { store }) => {
      const again = repeated()
      return async (request) => {
        if (!again(request)) return handler(request)
        const payload = payloadOf(request)
        const accepted = BigInt(String(payload['cumulativeAmount']))
        await amend(store, payload['channelId'], () => ({ accepted, spent: 0n }))
        return handler(request)
      }
    },
  }),
  fault({
    name: 'credits-replayed-top-up',
    breaks: 'SESS-TOPUP-010',
    caughtBy: ['replay.top-up', 'audit.books-within-vouchers'],
    like: ['solana-foundation/pay-kit#259'],
    http:
      (handler, { store }) =>
      async (request) => {
        const response = await handler(request)
        const { payload } = credentialOf(request) ?? {}
        if (payload?.['action'] !== 'topUp' || !response.ok) return response
        const more = BigInt(String(payload['additionalDeposit']))
        await amend(store, payload['channelId'], ({ deposit }) => ({ deposit: deposit + more }))
        return response
      },
    rules: {
      books: { observe: (ledger, seen) => (seen.deposit > ledger.deposit ? { ...ledger, ...seen } : ledger) },
    },
  }),
]
