/** Servers that answer with the wrong status, or give away what is sold. */
import { amend } from '../../../../peers/mpp/payee/store.ts'
import { at, instead, payloadOf } from '../../../../peers/mpp/payee/wire.ts'
import { fault } from '../fault.ts'

/** What is sold, for nothing. */
const free = () => new Response('data: a poem\n\n', { headers: { 'content-type': 'text/event-stream' } })

export const faults = [
  fault({
    name: 'members-only',
    breaks: 'CORE-SEC-003',
    caughtBy: ['status.no-account'],
    http: instead(
      (request) => payloadOf(request)['action'] === 'open' && !request.headers.has('cookie'),
      () => new Response('sign up first\n', { status: 401 }),
    ),
  }),
  fault({
    name: 'sells-what-is-not-there',
    breaks: 'CORE-STAT-012',
    caughtBy: ['status.not-found'],
    http: (handler) => async (request) => {
      const response = await handler(request)
      if (response.status !== 404) return response
      return handler(new Request(new URL('/poem', request.url), { headers: request.headers }))
    },
  }),
  fault({
    name: 'free-by-another-method',
    breaks: 'CORE-STAT-001',
    caughtBy: ['status.every-method'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: instead(({ method }) => method === 'DELETE', free),
  }),
  fault({
    name: 'free-by-another-spelling',
    breaks: 'CORE-STAT-001',
    caughtBy: ['status.every-spelling'],
    like: ['GHSA-8x4m-qw58-3pcx'],
    http: instead(at('/poem/'), free),
  }),
  ...Object.entries({
    'free-by-an-encoded-slash': /%2f/i,
    'free-by-a-slash-encoded-twice': /%252f/i,
    'free-by-an-encoded-backslash': /%5c/i,
    'free-by-a-path-parameter': /;/,
    'free-by-capitals': /[A-Z]/,
    'free-in-absolute-form': /^http:\/\/other\.example\//,
  }).map(([name, spelt]) =>
    fault({
      name,
      breaks: 'CORE-STAT-001',
      caughtBy: ['status.every-spelling'],
      like: ['x402-foundation/x402#3502'],
      http: instead(
        ({ url }) => spelt.test(spelt.source.startsWith('^') ? url : new URL(url).pathname),
        free,
      ),
    }),
  ),
  fault({
    name: 'charges-who-is-named',
    breaks: 'CORE-IDEM-001',
    caughtBy: ['status.unpaid-moves-nothing', 'audit.captured-is-delivered'],
    http:
      (handler, { store }) =>
      async (request) => {
        const channelId = request.headers.get('payment-session')
        if (channelId !== null) await amend(store, channelId, ({ accepted }) => ({ spent: accepted }))
        return handler(request)
      },
  }),
]
