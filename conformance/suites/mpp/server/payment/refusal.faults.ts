/** Servers that refuse rightly and answer wrongly. */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import {
  alterProblem,
  credentialOf,
  onResponse,
  paying,
  payloadOf,
  unpaid,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

const refusing = (request: Request, { ok }: Response): boolean => !ok && credentialOf(request) !== undefined

const onRefusals = (change: (headers: Headers) => void) =>
  onResponse(refusing, (response) => withHeaders(response, change))

const alterFresh = (name: string, value: string) =>
  onRefusals((headers) => {
    const found = AuthParams.decode(headers.get('www-authenticate') ?? '')[0]
    if (found === undefined) return
    headers.set(
      'www-authenticate',
      AuthParams.encode(Challenge.scheme, new Map(found.params).set(name, value)),
    )
  })

export const faults = [
  fault({
    name: 'bare-402',
    breaks: 'CORE-STAT-007',
    caughtBy: ['refusal.challenge', 'refusal.fresh-challenge'],
    like: ['tempoxyz/mpp-go#74'],
    http: onRefusals((headers) => headers.delete('www-authenticate')),
  }),
  fault({
    name: 'stale-challenge-on-refusal',
    breaks: 'CORE-STAT-008',
    caughtBy: ['refusal.fresh-challenge'],
    like: ['OpenAgentsInc/openagents#6138'],
    http: alterFresh('id', 'the-one-you-had'),
  }),
  fault({
    name: 'refused-challenge-returns',
    breaks: 'CORE-STAT-008',
    caughtBy: ['refusal.another-challenge'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      const id = credentialOf(request)?.challenge['id']
      // What was forged gets a fresh one all the same: only who looks at genuine ids sees it.
      if (response.ok || response.status !== 402 || typeof id !== 'string' || id.length < 20) return response
      return withHeaders(response, (headers) => {
        const found = AuthParams.decode(headers.get('www-authenticate') ?? '')[0]
        if (found === undefined) return
        const params = new Map(found.params).set('id', id)
        headers.set('www-authenticate', AuthParams.encode(Challenge.scheme, params))
      })
    },
  }),
  fault({
    name: 'cacheable-refusals',
    breaks: 'CORE-CACHE-001',
    caughtBy: ['refusal.no-store'],
    http: onRefusals((headers) => headers.set('cache-control', 'max-age=60')),
  }),
  fault({
    name: 'receipt-with-refusals',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['refusal.no-receipt'],
    http: onRefusals((headers) => headers.set('payment-receipt', 'eyJzdGF0dXMiOiJmYWlsZWQifQ')),
  }),
  fault({
    name: 'receipt-of-a-closed-channel',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['refusal.no-receipt'],
    http: onResponse(
      (request, { status }) => status === 410 && paying('voucher')(request),
      (response) =>
        withHeaders(response, (headers) => headers.set('payment-receipt', 'eyJzdGF0dXMiOiJmYWlsZWQifQ')),
    ),
  }),
  fault({
    name: 'receipt-with-refused-heads',
    breaks: 'CORE-RCPT-005',
    caughtBy: ['refusal.no-receipt'],
    http: onResponse(
      ({ method }, { status }) => method === 'HEAD' && status >= 400,
      (response) =>
        withHeaders(response, (headers) => headers.set('payment-receipt', 'eyJzdGF0dXMiOiJmYWlsZWQifQ')),
    ),
  }),
  fault({
    name: 'html-400',
    breaks: 'CORE-PROB-012',
    caughtBy: ['refusal.problem'],
    http: onResponse(
      (_, { status }) => status === 400,
      () => new Response('<h1>Bad Request</h1>', { status: 400, headers: { 'content-type': 'text/html' } }),
    ),
  }),
  fault({
    name: 'homemade-types',
    breaks: 'CORE-PROB-002',
    caughtBy: ['refusal.type'],
    http: alterProblem((_, type) => type.endsWith('malformed-credential'), 'oh-no'),
  }),
  fault({
    name: 'malformed-as-400',
    breaks: 'CORE-PROB-003',
    caughtBy: ['refusal.status'],
    http: onResponse(
      (request, { status }) => status === 402 && !unpaid(request) && credentialOf(request) === undefined,
      (response) => withStatus(response, 400),
    ),
  }),
  fault({
    name: 'bad-proof-as-403',
    breaks: 'CORE-STAT-004',
    caughtBy: ['refusal.proof', 'refusal.status'],
    http: onResponse(
      (request, { status }) => status === 402 && payloadOf(request)['action'] === 'voucher',
      (response) => withStatus(response, 403),
    ),
  }),
  fault({
    name: 'echoes-credentials',
    breaks: 'CORE-PROB-005',
    caughtBy: ['refusal.no-echo'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (!refusing(request, response)) return response
      const problem = JSON.parse((await response.text()) || '{}') as object
      const detail = `cannot verify ${JSON.stringify(payloadOf(request))}`
      return new Response(JSON.stringify({ ...problem, detail }), response)
    },
  }),
  fault({
    name: 'errors-in-the-challenge',
    breaks: 'CORE-PROB-007',
    caughtBy: ['refusal.no-error-parameters'],
    http: alterFresh('error', 'invalid_token'),
  }),
  fault({
    name: 'bare-429',
    breaks: 'CORE-PROB-006',
    caughtBy: ['refusal.retry-after'],
    http: onResponse(
      (_, { status }) => status === 429,
      (response) => withHeaders(response, (headers) => headers.delete('retry-after')),
    ),
  }),
  fault({
    name: 'crashes-on-a-strange-close',
    breaks: 'CORE-PROB-010',
    caughtBy: ['refusal.no-5xx', 'refusal.problem'],
    http: onResponse(
      (request, { ok }) => !ok && payloadOf(request)['action'] === 'close',
      () => new Response(null, { status: 500 }),
    ),
  }),
]
