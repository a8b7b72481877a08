/** Faults of clients that write their credentials wrongly. */
import { stranger } from '../../../../peers/mpp/payee/shop/shop.ts'
import { fault } from '../fault.ts'
import { encoded, rewriting, sendingTo } from './puppets.fault.ts'

const writes = (
  name: string,
  breaks: string,
  check: string,
  change: Parameters<typeof rewriting>[0],
  like: readonly string[] = [],
) => fault({ name, breaks, caughtBy: [`credential.${check}`], like, variant: { fetch: rewriting(change) } })

export const faults = [
  writes('changes-the-id', 'CORE-CHAL-005', 'id', ({ challenge }) => {
    challenge['id'] = `${challenge['id']}x`
  }),
  writes('drops-expires-from-the-echo', 'CORE-CRED-005', 'echo', ({ challenge }) => {
    delete challenge['expires']
  }),
  writes('rewrites-the-request', 'CORE-CRED-005', 'echo', ({ challenge }) => {
    challenge['request'] = String(challenge['request']).slice(0, -2)
  }),
  writes('forgets-opaque', 'CORE-CHAL-021', 'opaque', ({ challenge }) => {
    delete challenge['opaque']
  }),
  writes('adds-a-header-member', 'CORE-HDR-008', 'no-header', ({ challenge }) => {
    challenge['header'] = 'Authorization'
  }),
  writes('uses-the-other-field', 'CORE-HDR-002', 'field', (credential, headers, field) => {
    headers.delete(field)
    headers.set('payment-authorization', encoded(credential))
  }),
  writes('sends-two-credentials', 'CORE-CRED-007', 'one', (credential, headers) => {
    headers.set('payment-authorization', encoded(credential))
  }),
  writes('shouts-its-action', 'SESS-CRED-003', 'action', ({ payload }) => {
    payload['action'] = String(payload['action']).toUpperCase()
  }),
  writes('states-a-version', 'CORE-VER-001', 'no-version', (_, headers) => {
    headers.set('payment-version', '1')
  }),
  writes('says-that-another-pays', 'CORE-CRED-014', 'source', (credential) => {
    credential.source = credential.source?.replace(/0x.*/, stranger.address) ?? ''
  }),
  writes('says-that-it-pays-elsewhere', 'CORE-CRED-014', 'source', (credential) => {
    credential.source = credential.source?.replace(/eip155:\d+/, 'eip155:4217') ?? ''
  }),
  fault({
    name: 'shows-its-key',
    breaks: 'SESS-CLI-009',
    caughtBy: ['credential.key-stays'],
    variant: {
      fetch: (fetch, env) => (input, init) => {
        const headers = new Headers(init?.headers)
        headers.set('x-wallet', `key ${env['PRIVATE_KEY']}`)
        return fetch(input, { ...init, headers })
      },
    },
  }),
  fault({
    name: 'says-its-key',
    breaks: 'SESS-CLI-009',
    caughtBy: ['credential.key-stays'],
    variant: {
      async does(doing, usual) {
        await usual(doing)
        doing.print(JSON.stringify(doing.env))
      },
    },
  }),
  fault({
    name: 'sends-vouchers-elsewhere',
    breaks: 'SESS-SSE-009',
    caughtBy: ['credential.same-handler'],
    variant: { fetch: sendingTo(['topUp'], (url) => url.replace('/stream', '/item')) },
  }),
  fault({
    name: 'leaves-the-stream-halfway',
    breaks: 'SESS-SSE-008',
    caughtBy: ['credential.paid'],
    variant: {
      async does({ url, paying }) {
        for await (const data of paying.sse(url)) if (data.startsWith('unit 004')) break
        await paying.close()
      },
    },
  }),
]
