/** Servers that ask for payment wrongly. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import { tellingListen, writtenNames } from '../../../../peers/lax-listen.ts'
import {
  alterChallenge,
  alterTerms,
  instead,
  onResponse,
  unpaid,
  withHeaders,
  withStatus,
} from '../../../../peers/mpp/payee/wire.ts'
import { writesTerms } from '../../../../peers/mpp/payee/writing.ts'
import { fault } from '../fault.ts'

const checksum = (hex: string) => hex.replace(/[a-f]/, (digit) => digit.toUpperCase())

/** The stream, for nothing, to unpaid requests that a condition picks. */
const freeFor = (picks: (headers: Headers) => boolean) =>
  instead(
    (request) => unpaid(request) && request.method === 'GET' && picks(request.headers),
    () => new Response('data: free\n\n', { headers: { 'content-type': 'text/event-stream' } }),
  )

const saying = (name: string, value: RegExp) => freeFor((headers) => value.test(headers.get(name) ?? ''))

export const faults = [
  fault({
    name: 'free-for-browsers',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('user-agent', /^Mozilla/),
  }),
  fault({
    name: 'free-for-crawlers',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('user-agent', /Googlebot/),
  }),
  fault({
    name: 'free-for-pages',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('origin', /./),
  }),
  fault({
    name: 'free-for-pages-and-their-readers',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('accept', /html/),
  }),
  fault({
    name: 'free-for-who-accepts-anything',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('accept', /^\*\/\*$/),
  }),
  fault({
    name: 'free-for-who-comes-by-a-link',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('referer', /google/),
  }),
  fault({
    name: 'free-for-the-nameless',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: freeFor((headers) => !headers.has('user-agent')),
  }),
  fault({
    name: 'free-in-some-languages',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('accept-language', /^de\b/),
  }),
  fault({
    name: 'free-for-small-letters',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    listen: tellingListen,
    http: saying(writtenNames, /(^| )user-agent( |$)/),
  }),
  fault({
    name: 'free-by-the-order-of-fields',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    listen: tellingListen,
    http: freeFor((headers) => /\baccept\b.*user-agent/i.test(headers.get(writtenNames) ?? '')),
  }),
  fault({
    name: 'free-for-whoever-closes',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('connection', /close/),
  }),
  fault({
    name: 'free-for-neighbours',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.any-client'],
    http: saying('x-forwarded-for', /^127\./),
  }),
  fault({
    name: 'asks-with-401',
    breaks: 'CORE-STAT-001',
    caughtBy: ['challenge.402', 'challenge.head'],
    http: onResponse(
      (request) => !request.headers.has('authorization'),
      (response) => withStatus(response, 401),
    ),
  }),
  fault({
    name: 'cacheable-402',
    breaks: 'CORE-CACHE-001',
    caughtBy: ['challenge.no-store'],
    http: onResponse(
      (_, { status }) => status === 402,
      (response) => withHeaders(response, (headers) => headers.set('cache-control', 'max-age=60')),
    ),
  }),
  fault({
    name: 'no-head',
    breaks: 'SESS-TOPUP-011',
    caughtBy: ['challenge.head', 'voucher.head'],
    http: instead(
      ({ method }) => method === 'HEAD',
      () => new Response(null, { status: 405 }),
    ),
  }),
  fault({
    name: 'empty-id',
    breaks: 'CORE-CHAL-002',
    caughtBy: ['challenge.id'],
    like: ['tempoxyz/mpp-specs#285', 'tempoxyz/mpp-tools#38'],
    http: alterChallenge((params) => params.set('id', '')),
  }),
  fault({
    name: 'no-realm',
    breaks: 'CORE-CHAL-006',
    caughtBy: ['challenge.realm'],
    http: alterChallenge((params) => params.delete('realm')),
  }),
  fault({
    name: 'upper-case-method',
    breaks: 'CORE-CHAL-007',
    caughtBy: ['challenge.method'],
    http: alterChallenge((params) => params.set('method', 'Tempo')),
  }),
  fault({
    name: 'intent-with-space',
    breaks: 'CORE-CHAL-009',
    caughtBy: ['challenge.intent'],
    http: alterChallenge((params) => params.set('intent', 'a session')),
  }),
  fault({
    name: 'padded-request',
    breaks: 'CORE-CHAL-011',
    caughtBy: ['challenge.request'],
    http: alterChallenge((params) => params.set('request', `${params.get('request')}=`)),
  }),
  fault({
    name: 'pretty-printed-request',
    breaks: 'CORE-CHAL-012',
    caughtBy: ['challenge.request-jcs'],
    like: ['tempoxyz/mpp-specs#141'],
    http: alterTerms(
      () => undefined,
      (request) => Base64url.encode(JSON.stringify(request, null, 1)),
    ),
  }),
  fault({
    name: 'expires-in-words',
    breaks: 'CORE-CHAL-013',
    caughtBy: ['challenge.expires'],
    like: ['tempoxyz/mpp-rs#376'],
    http: alterChallenge((params) => params.set('expires', 'in five minutes')),
  }),
  fault({
    name: 'no-expires',
    breaks: 'CORE-CHAL-014',
    caughtBy: ['challenge.has-expires'],
    http: alterChallenge((params) => params.delete('expires')),
  }),
  fault({
    name: 'huge-challenge',
    breaks: 'CORE-CHAL-025',
    caughtBy: ['challenge.size'],
    http: alterChallenge((params) => params.set('description', 'x'.repeat(9_000))),
  }),
  fault({
    name: 'html-402',
    breaks: 'CORE-PROB-001',
    caughtBy: ['challenge.problem'],
    like: ['x402-foundation/x402#3224'],
    http: onResponse(unpaid, ({ status, headers }) => {
      const html = new Headers(headers)
      html.set('content-type', 'text/html')
      return new Response('<h1>Payment Required</h1>', { status, headers: html })
    }),
  }),
  fault({
    name: 'no-recipient',
    breaks: 'SESS-REQ-001',
    caughtBy: ['challenge.request-fields'],
    http: alterTerms((request) => delete request['recipient']),
  }),
  fault({
    name: 'amount-as-number',
    breaks: 'SESS-REQ-002',
    caughtBy: ['challenge.amounts'],
    http: alterTerms((request) => {
      request['amount'] = 1000
    }),
  }),
  fault({
    name: 'unit-of-numbers',
    breaks: 'SESS-REQ-016',
    caughtBy: ['challenge.members'],
    http: writesTerms((request) => {
      request['unitType'] = 7
    }),
  }),
  fault({
    name: 'operator-of-nothing',
    breaks: 'SESS-REQ-016',
    caughtBy: ['challenge.members'],
    http: writesTerms((_, details) => {
      details['operator'] = ''
    }),
  }),
  fault({
    name: 'expires-inside-request',
    breaks: 'SESS-REQ-004',
    caughtBy: ['challenge.no-inner-expires'],
    http: alterTerms((request) => {
      request['expires'] = '2027-01-01T00:00:00Z'
    }),
  }),
  fault({
    name: 'chain-id-as-text',
    breaks: 'SESS-ENC-005',
    caughtBy: ['challenge.chain-id'],
    http: alterTerms((_, details) => {
      details['chainId'] = String(details['chainId'])
    }),
  }),
  fault({
    name: 'v2-without-chain',
    breaks: 'SESS-REQ-007',
    caughtBy: ['challenge.v2-explicit'],
    http: alterTerms((_, details) => delete details['chainId']),
  }),
  fault({
    name: 'checksummed-recipient',
    breaks: 'SESS-ENC-001',
    caughtBy: ['challenge.lowercase-hex'],
    http: alterTerms((request) => {
      request['recipient'] = checksum(String(request['recipient']))
    }),
  }),
  fault({
    name: 'unescaped-quotes',
    breaks: 'CORE-CHAL-031',
    caughtBy: ['challenge.402', 'challenge.well-formed'],
    like: ['wevm/mppx#501'],
    http: onResponse(
      (_, { headers }) => headers.has('www-authenticate'),
      (response) =>
        withHeaders(response, (headers) => {
          const field = headers.get('www-authenticate')
          headers.set('www-authenticate', `${field}, description="a "poem""`)
        }),
    ),
  }),
  fault({
    name: 'realm-of-umlauts',
    breaks: 'CORE-CHAL-037',
    caughtBy: ['challenge.realm-ascii'],
    http: alterChallenge((params) => params.set('realm', 'Lesesäle')),
  }),
  fault({
    name: 'selects-cookie',
    breaks: 'CORE-HDR-001',
    caughtBy: ['challenge.header'],
    http: alterChallenge((params) => params.set('header', 'Cookie')),
  }),
  fault({
    name: 'version-in-challenge',
    breaks: 'CORE-VER-001',
    caughtBy: ['challenge.no-version'],
    http: alterChallenge((params) => params.set('version', '1')),
  }),
  fault({
    name: 'digests-nothing',
    breaks: 'CORE-CHAL-016',
    caughtBy: ['challenge.has-digest'],
    http: alterChallenge((params) => params.delete('digest')),
  }),
  fault({
    name: 'bare-digest',
    breaks: 'CORE-CHAL-017',
    caughtBy: ['challenge.digest'],
    http: alterChallenge((params) => {
      const digest = params.get('digest')
      if (digest !== undefined) params.set('digest', digest.replaceAll(':', ''))
    }),
  }),
]
