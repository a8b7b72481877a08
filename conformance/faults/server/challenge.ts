/** Servers that ask for payment wrongly, or take the wrong answer for theirs. */

import * as Base64url from '../../../src/codec/base64url.ts'
import { challengeRules } from '../../../src/server/rules/challenge.ts'
import { descriptorRules } from '../../../src/server/rules/channel.ts'
import { fault, ok } from '../fault.ts'
import {
  alterChallenge,
  alterProblem,
  alterTerms,
  instead,
  onResponse,
  paying,
  unpaid,
  withHeaders,
  withStatus,
} from '../wire.ts'

const checksum = (hex: string) => hex.replace(/[a-f]/, (digit) => digit.toUpperCase())
const idsNotChecked = [
  'challenge.later-expires',
  'challenge.removed-expires',
  'challenge.forged-id',
  'challenge.fresh-after-refusal',
]

export const challengeFaults = [
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
    like: ['tempoxyz/mpp-specs#285'],
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
    offer: { description: 'x'.repeat(9_000) },
  }),
  fault({
    name: 'html-402',
    breaks: 'CORE-PROB-001',
    caughtBy: ['challenge.problem'],
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
    name: 'crashes-on-garbage',
    breaks: 'CORE-STAT-002',
    caughtBy: ['challenge.no-5xx'],
    http: instead(
      (request) => /not\*base64url/.test(request.headers.get('authorization') ?? ''),
      () => new Response(null, { status: 500 }),
    ),
  }),
  fault({
    name: 'serves-for-garbage',
    breaks: 'CORE-STAT-002',
    caughtBy: ['challenge.malformed-credential'],
    http: instead(
      (request) => /not\*base64url/.test(request.headers.get('authorization') ?? ''),
      () => new Response('a poem'),
    ),
  }),
  fault({
    name: 'malformed-called-required',
    breaks: 'CORE-PROB-003',
    caughtBy: ['challenge.malformed-label'],
    http: alterProblem((_, type) => type.endsWith('malformed-credential'), 'payment-required'),
  }),
  fault({
    name: 'tolerates-padding',
    breaks: 'CORE-CRED-002',
    caughtBy: ['challenge.padded-credential'],
    http: (handler) => (request) => {
      const headers = new Headers(request.headers)
      const field = headers.get('authorization')
      if (field !== null) headers.set('authorization', field.replace(/=+$/, ''))
      return handler(new Request(request.url, { method: request.method, headers, signal: request.signal }))
    },
  }),
  fault({
    name: 'refuses-other-schemes',
    breaks: 'CORE-CRED-011',
    caughtBy: ['challenge.other-scheme'],
    http: instead(
      (request) => /^bearer /i.test(request.headers.get('authorization') ?? ''),
      () => new Response(null, { status: 400 }),
    ),
  }),
  fault({
    name: 'trusts-echoed-ids',
    breaks: 'CORE-BIND-012',
    caughtBy: idsNotChecked,
    like: ['tempoxyz/mpp-rs#97'],
    rules: { challenge: { issuedHere: ok } },
  }),
  fault({
    name: 'trusts-echoed-price',
    breaks: 'CORE-BIND-007',
    caughtBy: [...idsNotChecked, 'challenge.tampered-amount'],
    rules: { challenge: { issuedHere: ok, samePrice: ok } },
  }),
  fault({
    name: 'trusts-echoed-recipient',
    breaks: 'CORE-BIND-007',
    caughtBy: [...idsNotChecked, 'challenge.tampered-amount', 'challenge.tampered-recipient'],
    rules: {
      challenge: { issuedHere: ok, samePrice: ok },
      descriptor: { ...descriptorRules, payeeIsRecipient: ok },
    },
  }),
  fault({
    name: 'trusts-echoed-realm',
    breaks: 'CORE-BIND-009',
    caughtBy: [...idsNotChecked, 'challenge.other-realm'],
    rules: { challenge: { ...challengeRules, issuedHere: ok, sameRealm: ok } },
  }),
  fault({
    name: 'refuses-without-challenge',
    breaks: 'CORE-STAT-008',
    caughtBy: ['challenge.fresh-after-refusal', 'voucher.challenge-on-refusal'],
    like: ['tempoxyz/mpp-go#74'],
    http: onResponse(
      (request, { status }) => paying('open', 'voucher')(request) && status === 402,
      (response) => withHeaders(response, (headers) => headers.delete('www-authenticate')),
    ),
  }),
]
