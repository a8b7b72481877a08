/** The stateless binding: ids that are an HMAC of what a challenge says. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { encodedText } from '../mutate.ts'
import { bound, exchanged, requestText, secretKey, timestamp } from '../samples.ts'
import { type Definition, type Draft, invalid, valid } from '../vector.ts'

const { id: _, ...unissued } = bound as Record<string, string>
const digest = 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
const opaque = 'eyJwaSI6InBpXzEifQ'
const header = 'Payment-Authorization'

/** Ids that several implementations agree on; secret "test-secret" and the draft's own. */
const agreed: readonly (readonly [string, JsonObject, string])[] = [
  ['no optional slot', {}, 'NeP2d9DAMCBTfC3FY6ufbQq1Fnp4ynfrsoWui1dXteA'],
  ['expires', { expires: '2025-01-15T12:05:00Z' }, 'EuDBDkbD-4-zIme8J2bAaWi6yNXc85upqrpWvr3Hg48'],
  ['digest', { digest }, 'NDK2CqNUoD-7u54CxvAqtHwPxgms6YLvLnYHANXzZCY'],
  ['opaque', { opaque }, 'cq6TFk8hzBnrnwbxzDQ0yveZXD5iRTlGdyA_UL9YtE0'],
  [
    'all three',
    { expires: '2025-01-15T12:05:00Z', digest, opaque },
    'MeFpSqSU9UzP0VWsrYOy2gAumETnuh_tw-FVmuPImnI',
  ],
]
const amended = { ...exchanged, method: 'tempo', request: { amount: '1000000' } }
const withKey = (key: string, change: JsonObject = {}): JsonObject => {
  const { id: _, ...rest } = { ...amended, ...change } as JsonObject
  return { ...rest, secretKey: key }
}

const ids: Draft[] = [
  valid('no header', withKey(secretKey), { id: '6QDs0BmhrI_v67iWeCMvGqQJEFQ6ErWKlk7zi5xL6t0' }),
  valid('header before the empty opaque', withKey(secretKey, { header }), {
    id: 're8MIMJYpIJ0r_aiizscg6ghtipQM8IpOa_NtpwIU8E',
  }),
  valid('header before opaque', withKey(secretKey, { header, opaque: 'eyJwaSI6InBpXzEyMyJ9' }), {
    id: 'tUjYY7z3Gx9DnPp8lRz7NCQVFgMvNIJ4iiy7lHC-TDw',
  }),
  valid('the amended draft: none', withKey('test-vector-secret'), {
    id: 'X6v1eo7fJ76gAxqY0xN9Jd__4lUyDDYmriryOM-5FO4',
  }),
  valid('the amended draft: header', withKey('test-vector-secret', { header }), {
    id: 'S91xi-OFGZPMs-j7GsX0FDpIkmCcZT1P9XyV58WNy_U',
  }),
  valid(
    'the amended draft: header and opaque',
    withKey('test-vector-secret', { header, opaque: 'eyJwaSI6InBpXzEyMyJ9' }),
    { id: 'CJ4X1O4aTDmS59hfdhnhBtxIQjWDOf0bcrhsswwMOW8' },
  ),
  valid(
    'members in another order',
    withKey(secretKey, { request: { z: '1', a: '2' } }),
    undefined,
    'Canonicalization',
  ),
  valid(
    'members given in order',
    withKey(secretKey, { request: { a: '1', z: '2' } }),
    undefined,
    'Canonicalization',
  ),
  valid(
    'a nested request',
    withKey(secretKey, { request: { b: { d: 1, c: [2, { f: 3, e: 4 }] } } }),
    undefined,
    'Canonicalization',
  ),
  valid(
    'a number with an exponent',
    withKey(secretKey, { request: { n: 1e21 } }),
    undefined,
    'Canonicalization',
  ),
  valid('a small number', withKey(secretKey, { request: { n: 1e-7 } }), undefined, 'Canonicalization'),
  valid(
    'letters beyond the basic plane',
    withKey(secretKey, { request: { '\ufb33': 1, '\ud83d\ude00': 2 } }),
    undefined,
    'Canonicalization',
    'Unicode',
  ),
  valid(
    'control characters',
    withKey(secretKey, { request: { a: '\u0000\u001f\r\n"\\/' } }),
    undefined,
    'Canonicalization',
  ),
  valid('an empty request', withKey(secretKey, { request: {} })),
  valid('a secret beyond ASCII', withKey('sécret-de-vecteur-de-trente-deux-octets'), undefined, 'Unicode'),
  invalid('a lone surrogate', withKey(secretKey, { request: { a: '\ud800' } }), 'unencodable', 'Unicode'),
  invalid('a request that is text', withKey(secretKey, { request: requestText }), 'wrong-type', 'WrongType'),
  invalid('no request', { ...unissued, request: null, secretKey }, 'wrong-type', 'MissingMember'),
]

const slots: Draft[] = [
  valid(
    'seven when header is absent',
    { challenge: unissued },
    { slots: ['api.example.com', 'example', 'charge', requestText, '', '', ''] },
  ),
  valid(
    'empty slots keep their place',
    { challenge: { ...unissued, opaque } },
    { slots: ['api.example.com', 'example', 'charge', requestText, '', '', opaque] },
  ),
  valid(
    'eight with header',
    { challenge: { ...unissued, header, digest } },
    { slots: ['api.example.com', 'example', 'charge', requestText, '', digest, header, ''] },
  ),
  valid(
    'seven under core -00',
    { challenge: { ...unissued, header }, revision: '00' },
    { slots: ['api.example.com', 'example', 'charge', requestText, '', '', ''] },
  ),
  valid(
    'description is never bound',
    { challenge: { ...unissued, description: 'x' } },
    { slots: ['api.example.com', 'example', 'charge', requestText, '', '', ''] },
  ),
  valid(
    'text that is not canonical stays',
    { challenge: { ...unissued, request: 'eyAiYSI6MSB9' } },
    { slots: ['api.example.com', 'example', 'charge', 'eyAiYSI6MSB9', '', '', ''] },
    'Canonicalization',
  ),
]

/** Every way one parameter of an issued challenge can differ. */
const tampered = (base: JsonObject): [string, JsonObject][] => [
  ['another realm', { ...base, realm: 'api.example.org' }],
  ['realm in other case', { ...base, realm: 'API.example.com' }],
  ['another method', { ...base, method: 'tempo' }],
  ['another intent', { ...base, intent: 'session' }],
  ['intent in other case', { ...base, intent: 'Charge' }],
  [
    'a cheaper request',
    { ...base, request: encodedText('{"amount":"1","currency":"usd","recipient":"acct_123"}') },
  ],
  [
    'the same request, spelled otherwise',
    { ...base, request: encodedText('{"currency":"usd","amount":"1000","recipient":"acct_123"}') },
  ],
  ['the request padded', { ...base, request: `${String(base['request'])}=` }],
  ['another id', { ...base, id: `A${String(base['id']).slice(1)}` }],
  ['the id in lower case', { ...base, id: String(base['id']).toLowerCase() }],
  ['the id cut short', { ...base, id: String(base['id']).slice(0, -1) }],
  ['the id run on', { ...base, id: `${String(base['id'])}A` }],
  ['an empty id', { ...base, id: '' }],
]

const without = (base: JsonObject, name: string): JsonObject => {
  const { [name]: _, ...rest } = base
  return rest
}

const verify: Draft[] = [
  ...agreed.map(([comment, change, id]) =>
    valid(
      `as issued: ${comment}`,
      { challenge: { ...unissued, ...change, id }, secretKey: 'test-secret' },
      { valid: true },
    ),
  ),
  valid(
    'another description',
    { challenge: { ...bound, description: 'anything' }, secretKey: 'test-secret' },
    { valid: true },
  ),
  ...agreed.flatMap(([comment, change, id]) =>
    tampered({ ...unissued, ...change, id }).map(([how, challenge]) =>
      invalid(
        `${how}, issued with ${comment}`,
        { challenge, secretKey: 'test-secret' },
        'invalid-challenge',
        'TamperedBinding',
      ),
    ),
  ),
  ...agreed.flatMap(([comment, change, id]) =>
    Object.keys(change).map((name) =>
      invalid(
        `${name} dropped, issued with ${comment}`,
        { challenge: without({ ...unissued, ...change, id }, name), secretKey: 'test-secret' },
        'invalid-challenge',
        'TamperedBinding',
      ),
    ),
  ),
  ...Object.entries({ expires: timestamp, digest, opaque, header }).map(([name, value]) =>
    invalid(
      `${name} added`,
      { challenge: { ...bound, [name]: value }, secretKey: 'test-secret' },
      'invalid-challenge',
      'TamperedBinding',
    ),
  ),
  invalid(
    'another secret',
    { challenge: bound, secretKey: 'test-secret2' },
    'invalid-challenge',
    'TamperedBinding',
  ),
  invalid(
    'the expiry moved',
    {
      challenge: { ...unissued, expires: '2035-01-15T12:05:00Z', id: agreed[1]?.[2] ?? '' },
      secretKey: 'test-secret',
    },
    'invalid-challenge',
    'TamperedBinding',
  ),
  invalid(
    'the expiry moved into opaque',
    {
      challenge: { ...unissued, opaque: '2025-01-15T12:05:00Z', id: agreed[1]?.[2] ?? '' },
      secretKey: 'test-secret',
    },
    'invalid-challenge',
    'SlotBoundary',
  ),
  invalid(
    'the method moved into the realm',
    { challenge: { ...bound, realm: 'api.example.com|example', method: 'charge' }, secretKey: 'test-secret' },
    'invalid-challenge',
    'SlotBoundary',
  ),
  invalid(
    'header dropped, opaque takes its slot',
    {
      challenge: {
        ...unissued,
        method: 'tempo',
        request: encodedText('{"amount":"1000000"}'),
        opaque: 'Payment-Authorization|',
        id: 're8MIMJYpIJ0r_aiizscg6ghtipQM8IpOa_NtpwIU8E',
      },
      secretKey,
    },
    'invalid-challenge',
    'SlotBoundary',
  ),
  invalid(
    'header dropped, digest takes its slot',
    {
      challenge: {
        ...unissued,
        method: 'tempo',
        request: encodedText('{"amount":"1000000"}'),
        digest: '|Payment-Authorization',
        id: 're8MIMJYpIJ0r_aiizscg6ghtipQM8IpOa_NtpwIU8E',
      },
      secretKey,
    },
    'invalid-challenge',
    'SlotBoundary',
  ),
  invalid(
    'header="Authorization" added',
    { challenge: { ...bound, header: 'Authorization' }, secretKey: 'test-secret' },
    'invalid-challenge',
    'CredentialField',
  ),
  valid(
    'header as issued',
    {
      challenge: {
        ...unissued,
        method: 'tempo',
        request: encodedText('{"amount":"1000000"}'),
        header,
        id: 're8MIMJYpIJ0r_aiizscg6ghtipQM8IpOa_NtpwIU8E',
      },
      secretKey,
    },
    { valid: true },
    'CredentialField',
  ),
  invalid(
    'header in other letter case',
    {
      challenge: {
        ...unissued,
        method: 'tempo',
        request: encodedText('{"amount":"1000000"}'),
        header: header.toLowerCase(),
        id: 're8MIMJYpIJ0r_aiizscg6ghtipQM8IpOa_NtpwIU8E',
      },
      secretKey,
    },
    'invalid-challenge',
    'LetterCase',
  ),
]

export const binding: Definition = {
  file: 'binding',
  title: 'Challenge ids as an HMAC',
  groups: [
    {
      op: 'challenge.id',
      comment: 'from the request as an object',
      requirements: ['CORE-BIND-003', 'CORE-BIND-004', 'CORE-BIND-006', 'CORE-BIND-016'],
      tests: ids,
    },
    {
      op: 'binding.id',
      comment: 'from the text on the wire',
      requirements: ['CORE-BIND-003', 'CORE-BIND-005', 'CORE-BIND-006'],
      tests: agreed.map(([comment, change, id]) =>
        valid(comment, { challenge: { ...unissued, ...change }, secretKey: 'test-secret' }, { id }),
      ),
    },
    {
      op: 'binding.slots',
      comment: 'what is joined by a vertical bar',
      requirements: ['CORE-BIND-003', 'CORE-BIND-004', 'CORE-BIND-005', 'CORE-BIND-016'],
      tests: slots,
    },
    {
      op: 'binding.verify',
      comment: 'an echo against the secret',
      requirements: ['CORE-BIND-018', 'CORE-BIND-016'],
      tests: verify,
    },
  ],
}
