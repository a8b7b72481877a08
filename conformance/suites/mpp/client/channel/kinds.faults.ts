/** Faults of clients that know one kind of channel, or mistake one for another. */
import type { Bytes32 } from '../../../../../src/codec/hex.ts'
import * as Reserve from '../../../../../src/contracts/reserve.ts'
import * as Voucher from '../../../../../src/contracts/voucher.ts'
import { accountFromKey } from '../../../../../src/keys/accounts.ts'
import { faultsOf } from '../fault.ts'
import { encoded, outgoing, readingTerms, rewriting } from '../payment/puppets.fault.ts'
import type { ClientVariant } from '../reference.ts'

const named = faultsOf('kinds')

/** A close whose voucher the payer signs, also where a delegate signed all others. */
const closingByPayer: NonNullable<ClientVariant['fetch']> = (fetch, env) => async (input, init) => {
  const sent = outgoing(init)
  if (sent?.credential.payload['action'] !== 'close') return fetch(input, init)
  const { credential, headers, field } = sent
  const { payload } = credential
  // One on a v1 channel is left as it is.
  if (payload['descriptor'] === undefined) return fetch(input, init)
  const voucher = {
    channelId: payload['channelId'] as Bytes32,
    cumulativeAmount: BigInt(String(payload['cumulativeAmount'])),
  }
  const domain = { protocol: 'v2', escrow: Reserve.address, chainId: 42_431 } as const
  payload['signature'] = await Voucher.sign(voucher, domain, accountFromKey(env['PRIVATE_KEY'] ?? ''))
  headers.set(field, encoded(credential))
  return fetch(input, { ...init, headers })
}

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
  named('closes-by-its-own-key', 'SESS-OPEN-005', ['delegate-signs'], { fetch: closingByPayer }),
  named('knows-no-delegate', 'SESS-OPEN-005', ['delegated'], {
    async does(doing, usual) {
      if (doing.env['SIGNER_PRIVATE_KEY'] !== undefined) throw new Error('one key signs everything')
      await usual(doing)
    },
  }),
]
