/** Challenges as they are written, and what a client reads off one. */
import { encodedText } from '../mutate.ts'
import { bound, exchanged, field, timestamp } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const params = bound as Record<string, string>
const header = (change: Record<string, string | undefined> = {}) => field({ ...params, ...change })
const opaque = encodedText('{"trace":"123"}')
const all = {
  expires: timestamp,
  digest: 'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:',
  opaque,
  header: 'Payment-Authorization',
  description: 'A poem',
}

export const challengeEncode: Definition = {
  file: 'challenge-encode',
  title: 'Payment challenges, written',
  groups: [
    {
      op: 'challenge.encode',
      comment: 'an object to a field value; the order of parameters is free',
      requirements: ['CORE-CHAL-012', 'CORE-CHAL-031'],
      compare: 'semantic',
      tests: [
        valid('the five required parameters', exchanged, { header: header() }),
        valid('every parameter', { ...exchanged, ...all }),
        valid(
          'members are sorted',
          { ...exchanged, request: { z: 1, a: { y: 2, b: 3 } } },
          { header: header({ request: encodedText('{"a":{"b":3,"y":2},"z":1}') }) },
          'Canonicalization',
        ),
        valid(
          'quotes are escaped',
          { ...exchanged, realm: 'a"b\\c' },
          { header: header({ realm: 'a"b\\c' }) },
          'Quoting',
        ),
        valid(
          'letters beyond ASCII in the request',
          { ...exchanged, request: { currency: '€' } },
          { header: header({ request: encodedText('{"currency":"€"}') }) },
          'Unicode',
        ),
        invalid('an empty id', { ...exchanged, id: '' }, 'unencodable', 'EmptyValue'),
        invalid(
          'a line break in the realm',
          { ...exchanged, realm: 'a\r\nb' },
          'unencodable',
          'HeaderInjection',
        ),
        invalid(
          'a line feed in the description',
          { ...exchanged, description: 'a\nb' },
          'unencodable',
          'HeaderInjection',
        ),
        invalid(
          'NUL in the description',
          { ...exchanged, description: 'a\u0000' },
          'unencodable',
          'HeaderInjection',
        ),
        invalid(
          'a euro sign in the description',
          { ...exchanged, description: '5 €' },
          'unencodable',
          'Unicode',
        ),
        invalid(
          'a lone surrogate in the request',
          { ...exchanged, request: { a: '\ud800' } },
          'unencodable',
          'Unicode',
        ),
        invalid('a request that is no object', { ...exchanged, request: 'e30' }, 'wrong-type', 'WrongType'),
      ],
    },
    {
      op: 'challenge.encodeExtra',
      comment: "with parameters of one's own",
      requirements: ['CORE-CHAL-024'],
      compare: 'semantic',
      tests: [
        valid(
          'a lower-case name',
          { challenge: exchanged, extra: { foo: '1' } },
          { header: header({ foo: '1' }) },
        ),
        invalid(
          'an upper-case letter',
          { challenge: exchanged, extra: { fooBar: '1' } },
          'unencodable',
          'LetterCase',
        ),
        invalid(
          'a defined name',
          { challenge: exchanged, extra: { realm: '1' } },
          'unencodable',
          'DuplicateKey',
        ),
        invalid(
          'a name that is no token',
          { challenge: exchanged, extra: { 'a b': '1' } },
          'unencodable',
          'HeaderInjection',
        ),
      ],
    },
    {
      op: 'challenge.credentialField',
      comment:
        'where a client puts its credential; Authorization written out and other letter case are left open (readings R7, R8)',
      requirements: ['CORE-HDR-005', 'CORE-CHAL-023'],
      tests: [
        valid('no header parameter', {}, { field: 'Authorization' }),
        valid(
          'the one legal value',
          { header: 'Payment-Authorization' },
          { field: 'Payment-Authorization' },
          'CredentialField',
        ),
        ...['Cookie', 'Host', 'X-Payment', '', 'Payment-Authorization ', 'Proxy-Authorization'].map((value) =>
          invalid(`header ${JSON.stringify(value)}`, { header: value }, 'unusable', 'CredentialField'),
        ),
      ],
    },
    {
      op: 'challenge.expired',
      comment: 'whether a challenge is over at a time',
      requirements: [],
      tests: [
        valid(
          'a second before',
          { expires: timestamp, now: '2026-01-06T12:04:59Z' },
          { expired: false },
          'Timestamp',
        ),
        valid('at that moment', { expires: timestamp, now: timestamp }, { expired: true }, 'Timestamp'),
        valid(
          'a zone apart',
          { expires: '2026-01-06T14:05:00+02:00', now: '2026-01-06T12:04:59.999Z' },
          { expired: false },
          'Timestamp',
        ),
        invalid('no date', { expires: 'never', now: timestamp }, 'bad-syntax', 'Timestamp'),
      ],
    },
  ],
}
