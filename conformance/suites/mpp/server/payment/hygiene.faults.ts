/** Servers that fall over what should never have been sent. */
import { laxListen } from '../../../../peers/lax-listen.ts'
import { instead, withHeaders } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const authorization = (request: Request): string => request.headers.get('authorization') ?? ''

const crash = () => new Response(null, { status: 500 })

export const faults = [
  fault({
    name: 'crashes-on-long-credentials',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.oversized', 'hygiene.no-5xx'],
    like: ['cardotrejos/x402#34', 'wevm/mppx#562'],
    http: instead((request) => authorization(request).length > 30_000, crash),
  }),
  fault({
    name: 'crashes-on-latin-1',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.malformed-fields', 'hygiene.no-5xx'],
    like: ['mpp-rs CHANGELOG'],
    http: instead(({ headers }) => /[^ -~]/.test(headers.get('accept-language') ?? ''), crash),
  }),
  fault({
    name: 'crashes-on-odd-credentials',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.odd-credentials', 'hygiene.no-5xx'],
    like: ['wevm/mppx#789', 'Merit-Systems/x402scan#1106'],
    http: instead((request) => authorization(request).includes('__proto__'), crash),
  }),
  fault({
    name: 'crashes-on-two-keys',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.duplicates', 'hygiene.no-5xx'],
    http: instead(({ headers }) => (headers.get('idempotency-key') ?? '').includes(','), crash),
  }),
  fault({
    name: 'takes-any-number-of-hosts',
    breaks: 'CORE-HTTP-001',
    caughtBy: ['hygiene.hosts'],
    made: 'rule',
    listen: laxListen,
  }),
  fault({
    name: 'crashes-on-undecodable-targets',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.targets', 'hygiene.no-5xx'],
    http: instead(({ url }) => /%(ff|00|$)/i.test(url), crash),
  }),
  fault({
    name: 'crashes-on-rare-methods',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.methods', 'hygiene.no-5xx'],
    http: instead(({ method }) => method === 'DELETE' || method === 'PROPFIND', crash),
  }),
  fault({
    name: 'answers-with-the-request',
    breaks: 'CORE-PROB-005',
    caughtBy: ['hygiene.no-reflection'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      const field = authorization(request)
      return request.method === 'OPTIONS'
        ? withHeaders(response, (headers) => headers.set('x-was', field))
        : response
    },
  }),
  fault({
    name: 'crashes-on-large-bodies',
    breaks: 'CORE-PROB-010',
    caughtBy: ['hygiene.bodies', 'hygiene.no-5xx'],
    http: instead(({ headers }) => Number(headers.get('content-length')) > 1_000_000, crash),
  }),
  fault({
    name: 'repeats-unescaped',
    breaks: 'CORE-CHAL-031',
    caughtBy: ['hygiene.reflected-text'],
    like: ['wevm/mppx#501'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      const host = request.headers.get('x-forwarded-host')
      const field = response.headers.get('www-authenticate')
      if (host === null || field === null) return response
      return withHeaders(response, (headers) =>
        headers.set('www-authenticate', `${field}, description="from ${host}"`),
      )
    },
  }),
  fault({
    name: 'goes-out-of-service',
    breaks: 'CORE-STAT-005',
    caughtBy: ['hygiene.serves-on'],
    http: (handler) => {
      let hurt = false
      return async (request) => {
        hurt ||= authorization(request).length > 30_000
        return hurt && authorization(request) !== '' ? new Response(null, { status: 429 }) : handler(request)
      }
    },
  }),
]
