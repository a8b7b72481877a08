/** Faults of clients that know one kind of channel, or mistake one for another. */
import { faultsOf } from '../fault.ts'
import { readingTerms, rewriting } from '../payment/puppets.fault.ts'

const named = faultsOf('kinds')

export const faults = [
  named('signs-v1-as-v2', 'SESS-SIG-004', ['v1', 'v1-domain'], {
    fetch: rewriting(({ payload }) => {
      // A dummy signature stands for one under another contract's domain: the payee cannot claim with it.
      if (payload['descriptor'] === undefined && 'signature' in payload)
        payload['signature'] = `0x${'11'.repeat(64)}1b`
    }),
  }),
  named('pays-its-own-fee', 'SESS-FEE-001', ['sponsored', 'no-fee'], {
    fetch: readingTerms((_, details) => {
      if (details['feePayer'] === true) details['feePayer'] = false
    }),
  }),
  named('buys-streams-alone', 'SESS-SSE-008', ['item', 'receipt-for-an-open', 'parallel', 'body'], {
    async does(doing, usual) {
      if (doing.url.endsWith('/item')) throw new Error('no stream')
      await usual(doing)
    },
  }),
  named('takes-a-receipt-for-the-content', 'SESS-OPEN-001', ['receipt-for-an-open'], {
    fetch: (fetch) => async (input, init) => {
      const response = await fetch(input, init)
      if (response.status !== 204 || init?.method !== 'GET') return response
      const headers = new Headers(response.headers)
      headers.delete('payment-receipt')
      return new Response(null, { status: 204, headers })
    },
  }),
  named('drops-every-second-request', 'SESS-SSE-014', ['parallel'], {
    does: (doing, usual) =>
      usual(doing.env['REQUESTS'] === undefined ? doing : { ...doing, env: { ...doing.env, REQUESTS: '3' } }),
  }),
  named('posts-another-body', 'CORE-CHAL-018', ['body', 'body-digest'], {
    fetch: (fetch) => (input, init) =>
      fetch(
        input,
        init?.body != null && new Headers(init.headers).has('authorization')
          ? { ...init, body: 'another' }
          : init,
      ),
  }),
  named('signs-for-its-delegate', 'SESS-OPEN-005', ['delegate-signs'], {
    env: ({ SIGNER_PRIVATE_KEY: _, ...env }) => env,
  }),
  named('knows-no-delegate', 'SESS-OPEN-005', ['delegated'], {
    async does(doing, usual) {
      if (doing.env['SIGNER_PRIVATE_KEY'] !== undefined) throw new Error('one key signs everything')
      await usual(doing)
    },
  }),
]
