/** Servers that forget, mix up or charge again what came under an Idempotency-Key. */
import { chargedKey } from '../../../../../src/mpp/server/charged-key.ts'
import type { Handler } from '../../../../../src/mpp/server/payments.ts'
import type { ChannelStore } from '../../../../../src/mpp/server/store/store.ts'
import { amend } from '../../../../peers/mpp/payee/store.ts'
import {
  alterReceipt,
  credentialOf,
  onResponse,
  paying,
  unpaid,
  type Wrap,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const keyOf = (request: Request): string | null => request.headers.get('idempotency-key')

/** Hides the key of picked requests from the server. */
const withoutKey =
  (picks: (request: Request) => boolean): Wrap =>
  (handler) =>
  async (request) => {
    if (picks(request)) request.headers.delete('idempotency-key')
    return handler(request)
  }

/** Answers a request with the first answer under its key, for every client and every request. */
const firstAnswer =
  (keeps: (response: Response) => boolean, repeats: (request: Request, first: Request) => boolean): Wrap =>
  (handler) => {
    const answers = new Map<string, { first: Request; response: Response }>()
    return async (request) => {
      const key = keyOf(request)
      if (key === null || unpaid(request)) return handler(request)
      const found = answers.get(key)
      if (found !== undefined && repeats(request, found.first)) return found.response.clone()
      const response = await handler(request)
      if (found === undefined && keeps(response))
        answers.set(key, { first: request, response: response.clone() })
      return response
    }
  }

/**
 * A server that looks a key up without asking what it was used for: content at another URL is not charged again.
 * `remembers` says whether it can tell for as long as it runs.
 */
export const keyBuysAnything =
  (remembers: boolean) =>
  (handler: Handler, { store }: { store: ChannelStore }): Handler => {
    const urls = new Map<string, string>()
    return async (request) => {
      const { challenge, payload } = credentialOf(request) ?? {}
      const key = keyOf(request)
      if (key === null || payload === undefined) return handler(request)
      const channelId = String(payload['channelId']) as `0x${string}`
      const { name } = chargedKey({ challengeId: String(challenge?.['id']), key, fingerprint: '' })
      const known = urls.get(`${channelId} ${name}`)
      if (known === undefined) urls.set(`${channelId} ${name}`, request.url)
      const used = (await store.get(channelId))?.chargedKeys.some((text) => text.startsWith(`${name} `))
      const elsewhere = known === undefined || (!remembers && known !== request.url)
      if (used !== true || !elsewhere) return handler(request)
      request.headers.delete('idempotency-key')
      const response = await handler(request)
      if (response.ok) await amend(store, channelId, ({ spent }) => ({ spent: spent - 1000n }))
      return response
    }
  }

/** Time enough for requests sent together to be under way together, in milliseconds. */
const togetherMs = 150

export const faults = [
  fault({
    name: 'repeat-answers-old-total',
    breaks: 'SESS-IDEM-001',
    caughtBy: ['idempotency.voucher'],
    like: ['wevm/mppx#511'],
    http: alterReceipt(
      (request) => request.method === 'HEAD' && paying('voucher')(request),
      (receipt) => {
        receipt['acceptedCumulative'] = '2000'
      },
    ),
  }),
  fault({
    name: 'ignores-idempotency-keys',
    breaks: 'SESS-IDEM-003',
    caughtBy: ['idempotency.remembered', 'idempotency.post'],
    like: ['solana-foundation/pay#454'],
    http: withoutKey(() => true),
  }),
  fault({
    name: 'charges-repeats-silently',
    breaks: 'SESS-IDEM-004',
    caughtBy: [
      'idempotency.charged-once',
      'idempotency.after-hang-up',
      'idempotency.parallel',
      'audit.captured-is-delivered',
    ],
    like: ['solana-foundation/pay-kit#283'],
    http: (handler, { store }) => {
      const seen = new Set<string>()
      return async (request) => {
        const { challenge, payload } = credentialOf(request) ?? {}
        const key = `${challenge?.['id']} ${payload?.['channelId']} ${keyOf(request)}`
        const again = keyOf(request) !== null && seen.size === seen.add(key).size
        const response = await handler(request)
        if (again && response.ok)
          await amend(store, payload?.['channelId'], ({ spent }) => ({ spent: spent + 1000n }))
        return response
      }
    },
  }),
  fault({
    name: 'remembers-answers-when-they-are-done',
    breaks: 'SESS-IDEM-006',
    caughtBy: ['idempotency.parallel'],
    like: ['solana-foundation/pay-kit#211'],
    http: (handler) => {
      const underWay = new Set<string>()
      return async (request) => {
        const key = keyOf(request)
        if (key === null) return handler(request)
        if (underWay.has(key)) request.headers.delete('idempotency-key')
        underWay.add(key)
        await new Promise((resolve) => setTimeout(resolve, togetherMs))
        underWay.delete(key)
        return handler(request)
      }
    },
  }),
  fault({
    name: 'one-answer-for-all-payers',
    breaks: 'CORE-IDEM-005',
    caughtBy: ['idempotency.other-payer', 'audit.captured-is-delivered'],
    like: ['tempoxyz/mpp-specs#330'],
    http: firstAnswer(
      ({ ok }) => ok,
      (request, first) =>
        credentialOf(request)?.payload['channelId'] !== credentialOf(first)?.payload['channelId'],
    ),
  }),
  fault({
    name: 'one-answer-for-all-requests',
    breaks: 'CORE-IDEM-005',
    caughtBy: ['idempotency.other-request'],
    like: ['tempoxyz/mpp-go#55'],
    http: firstAnswer(
      ({ ok }) => ok,
      (request, first) => request.method !== first.method,
    ),
  }),
  fault({
    name: 'one-key-buys-everything',
    breaks: 'CORE-IDEM-005',
    caughtBy: ['idempotency.other-url', 'key-restart.other-url', 'audit.captured-is-delivered'],
    http: keyBuysAnything(false),
  }),
  fault({
    name: 'honours-keys-of-gets-only',
    breaks: 'CORE-IDEM-003',
    caughtBy: ['idempotency.post'],
    like: ['Significant-Gravitas/AutoGPT#14066'],
    http: withoutKey(({ method }) => method === 'POST'),
  }),
  fault({
    name: 'remembers-refusals',
    breaks: 'SESS-ACCT-005',
    caughtBy: ['idempotency.mended'],
    like: ['tempoxyz/mpp-rs#152'],
    http: firstAnswer(
      ({ ok }) => !ok,
      () => true,
    ),
  }),
  fault({
    name: 'unpaid-requests-under-a-key-are-served',
    breaks: 'CORE-IDEM-001',
    caughtBy: ['idempotency.unpaid'],
    like: ['tempoxyz/mpp-specs#335'],
    http: onResponse(
      (request) => unpaid(request) && keyOf(request) !== null,
      () => new Response('what somebody else paid for'),
    ),
  }),
]
