/** The challenge in WWW-Authenticate. */
import type { FlagName } from '../flags.ts'
import { encodedText, envelopes } from '../mutate.ts'
import { bound, exchanged, field, requestObject, requestText, timestamp } from '../samples.ts'
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
const second = { ...params, id: 'second', intent: 'session' }
const other = 'Bearer realm="x, Payment id=\\"decoy\\", realm=\\"evil\\""'

const refused: readonly (readonly [
  comment: string,
  change: Record<string, string | undefined>,
  reason: string,
  ...flags: FlagName[],
])[] = [
  ...['id', 'realm', 'method', 'intent', 'request'].map(
    (name) => [`${name} is absent`, { [name]: undefined }, 'missing', 'MissingMember'] as const,
  ),
  ['id is empty', { id: '' }, 'empty', 'EmptyValue'],
  ['method is empty', { method: '' }, 'bad-value', 'EmptyValue'],
  ['intent is empty', { intent: '' }, 'bad-value', 'EmptyValue'],
  ['request is empty', { request: '' }, 'empty', 'EmptyValue'],
  ['opaque is empty', { opaque: '' }, 'empty', 'EmptyValue'],
  ['expires is empty', { expires: '' }, 'bad-syntax', 'EmptyValue', 'Timestamp'],
  ...['Tempo', 'TEMPO', 'tempo1', 'tem-po', 'tem po', ' tempo', 'tempo\u00e9', 'x:y'].map(
    (method) => [`method ${JSON.stringify(method)}`, { method }, 'bad-value', 'LetterCase'] as const,
  ),
  ...['a b', 'a_b', 'a/b', 'sess\u00e9on', 'session;q=1', '*'].map(
    (intent) => [`intent ${JSON.stringify(intent)}`, { intent }, 'bad-value', 'Malformed'] as const,
  ),
  ...['soon', '1767701100', '2026-01-06', '2026-01-06 12:05:00Z', '2026-01-06T12:05:00'].map(
    (expires) => [`expires ${expires}`, { expires }, 'bad-syntax', 'Timestamp'] as const,
  ),
  ['expires on February 30th', { expires: '2026-02-30T00:00:00Z' }, 'out-of-range', 'Timestamp'],
  ['opaque that is no base64url', { opaque: 'trace-123' }, 'bad-length', 'NonCanonicalBase64'],
  ['padded opaque', { opaque: `${encodedText('{"trace":"12"}')}=` }, 'bad-padding', 'NonCanonicalBase64'],
  ['opaque with a number', { opaque: encodedText('{"trace":123}') }, 'wrong-type', 'WrongType'],
  ['opaque with an object', { opaque: encodedText('{"trace":{}}') }, 'wrong-type', 'WrongType'],
  ['opaque with null', { opaque: encodedText('{"trace":null}') }, 'wrong-type', 'WrongType'],
  ['opaque that is an array', { opaque: encodedText('["trace"]') }, 'wrong-type', 'WrongType'],
  ['opaque with a name twice', { opaque: encodedText('{"a":"1","a":"2"}') }, 'duplicate-key', 'DuplicateKey'],
  ['opaque that is no UTF-8', { opaque: '_w' }, 'bad-utf8', 'Unicode'],
  ['request over the limit', { request: 'A'.repeat(32_769) }, 'too-large', 'Limit'],
]

export const challenge: Definition = {
  file: 'challenge',
  title: 'Payment challenges',
  groups: [
    {
      op: 'challenge.decode',
      comment: 'a field value with one challenge; request is given as the JSON object it holds',
      requirements: ['CORE-CHAL-001'],
      naming: {
        'CORE-CHAL-003': /^id is/,
        'CORE-CHAL-008': /^method "T/,
        'CORE-CHAL-011': /^(padded|the standard alphabet|a dot inside)$/,
        'CORE-CHAL-020': /opaque|^every parameter$/,
        'CORE-CHAL-023': /unknown parameter|unusual selected field/,
        'CORE-CHAL-026': /4 KB/,
        'CORE-CHAL-028': /another scheme$|decoy/,
        'CORE-CHAL-029': /^(scheme|names) in/,
        'CORE-CHAL-030': /^(id|realm|method|request|expires) twice$/,
        'CORE-CHAL-031': /quotes in the|CR and LF|NUL/,
        'SESS-ENC-006': /^expires/,
      },
      tests: [
        valid('the five required parameters', { header: header() }, exchanged),
        valid('every parameter', { header: header(all) }, { ...exchanged, ...all }),
        valid(
          'token values',
          { header: `Payment id=a, realm=b, method=example, intent=charge, request=${requestText}` },
          { ...exchanged, id: 'a', realm: 'b' },
        ),
        valid('no space after commas', { header: header().replaceAll(', ', ',') }, exchanged),
        valid('scheme in lower case', { header: field(params, 'payment') }, exchanged, 'LetterCase'),
        valid('scheme in upper case', { header: field(params, 'PAYMENT') }, exchanged, 'LetterCase'),
        valid(
          'names in upper case',
          { header: header().replace(/(\w+)="/g, (name) => name.toUpperCase()) },
          exchanged,
          'LetterCase',
        ),
        valid('an unknown parameter', { header: header({ foo: 'bar' }) }, exchanged, 'UnknownMember'),
        valid(
          'an unknown parameter named __proto__',
          { header: header({ ['__proto__x']: 'bar' }) },
          exchanged,
          'UnknownMember',
          'Prototype',
        ),
        valid(
          'a known parameter named constructor',
          { header: header({ constructor: 'x' as never }) },
          exchanged,
          'Prototype',
        ),
        valid('an empty realm', { header: header({ realm: '' }) }, { ...exchanged, realm: '' }, 'EmptyValue'),
        valid(
          'an empty description',
          { header: header({ description: '' }) },
          { ...exchanged, description: '' },
          'EmptyValue',
        ),
        valid(
          'quotes in the description',
          { header: header({ description: 'say "hi" \\ o/' }) },
          { ...exchanged, description: 'say "hi" \\ o/' },
          'Quoting',
        ),
        valid(
          'an empty request object',
          { header: header({ request: 'e30' }) },
          { ...exchanged, request: {} },
        ),
        valid(
          'a request that is not canonical is read',
          { header: header({ request: encodedText('{ "b":1, "a":2 }') }) },
          { ...exchanged, request: { a: 2, b: 1 } },
          'Canonicalization',
        ),
        valid(
          'after another scheme',
          { header: `Basic realm="a", ${header()}` },
          exchanged,
          'SeveralChallenges',
        ),
        valid(
          'before another scheme',
          { header: `${header()}, Bearer realm="a"` },
          exchanged,
          'SeveralChallenges',
        ),
        valid(
          'with a decoy in the quotes of another scheme',
          { header: `${other}, ${header()}` },
          exchanged,
          'SeveralChallenges',
          'Quoting',
        ),
        valid(
          'a challenge of 4 KB',
          { header: header({ description: 'd'.repeat(4096) }) },
          { ...exchanged, description: 'd'.repeat(4096) },
          'Limit',
        ),
        valid(
          'an unusual selected field is kept for the client to judge',
          { header: header({ header: 'Cookie' }) },
          { ...exchanged, header: 'Cookie' },
          'CredentialField',
        ),
        ...envelopes(requestObject, (request) => ({ header: header({ request }) })),
        ...refused.map(([comment, change, reason, ...own]) =>
          invalid(comment, { header: header(change) }, reason, ...own),
        ),
        ...['id', 'realm', 'method', 'request', 'expires'].map((name) =>
          invalid(
            `${name} twice`,
            { header: `${header({ expires: timestamp })}, ${name}="${params[name] ?? timestamp}"` },
            'duplicate-parameter',
            'DuplicateKey',
          ),
        ),
        invalid('one value instead of parameters', { header: `Payment ${requestText}` }, 'bad-syntax'),
        invalid('the scheme alone', { header: 'Payment' }, 'missing', 'MissingMember'),
        invalid('another scheme', { header: field(params, 'Bearer') }, 'wrong-scheme'),
        invalid('a scheme that begins alike', { header: field(params, 'Payments') }, 'wrong-scheme'),
        invalid('only a decoy', { header: other }, 'wrong-scheme', 'Quoting'),
        invalid('nothing', { header: '' }, 'wrong-scheme', 'EmptyValue'),
        invalid('an open quote', { header: header().slice(0, -1) }, 'unterminated-quote', 'Quoting'),
        invalid(
          'a good challenge beside a broken one',
          { header: `${header()}, Payment id=""` },
          'empty',
          'SeveralChallenges',
          'EmptyValue',
        ),
        invalid(
          'CR and LF in the description',
          { header: header({ description: 'a\r\nSet-Cookie: b=c' }) },
          'control-character',
          'HeaderInjection',
        ),
        invalid(
          'NUL in the id',
          { header: header({ id: 'a\u0000b' }) },
          'control-character',
          'HeaderInjection',
        ),
      ],
    },
    {
      op: 'challenges.decode',
      comment:
        'all field values of a response; request stays the text that was received, to be echoed and bound',
      requirements: ['CORE-CHAL-028', 'CORE-BIND-005'],
      tests: [
        valid('none', { fields: [] }, { challenges: [] }),
        valid(
          'other schemes only',
          { fields: ['Bearer', 'Basic realm="x"'] },
          { challenges: [] },
          'SeveralChallenges',
        ),
        valid('one', { fields: [header()] }, { challenges: [bound] }),
        valid(
          'two in one field',
          { fields: [`${header()}, ${field(second)}`] },
          { challenges: [bound, second] },
          'SeveralChallenges',
        ),
        valid(
          'two in two fields',
          { fields: [header(), field(second)] },
          { challenges: [bound, second] },
          'SeveralChallenges',
        ),
        valid(
          'mixed with other schemes in two fields',
          { fields: [`Basic YQ==, ${header()}`, `${other}, ${field(second)}, Negotiate`] },
          { challenges: [bound, second] },
          'SeveralChallenges',
          'Quoting',
        ),
        valid(
          'text that is not canonical stays',
          { fields: [header({ request: 'eyAiYSI6MSB9' })] },
          { challenges: [{ ...bound, request: 'eyAiYSI6MSB9' }] },
          'Canonicalization',
        ),
        valid(
          'header under core -00 is unknown',
          { fields: [header({ header: 'Payment-Authorization' })], revision: '00' },
          { challenges: [bound] },
          'UnknownMember',
        ),
        valid(
          'header under core -01 is kept',
          { fields: [header({ header: 'Payment-Authorization' })], revision: '01' },
          { challenges: [{ ...bound, header: 'Payment-Authorization' }] },
          'CredentialField',
        ),
        invalid(
          'one broken among two',
          { fields: [header(), header({ id: '' })] },
          'empty',
          'SeveralChallenges',
        ),
        invalid(
          'a broken field after a good one',
          { fields: [header(), 'Payment a="'] },
          'unterminated-quote',
          'SeveralChallenges',
        ),
        invalid(
          'a second challenge without request',
          { fields: [`${header()}, ${header({ request: undefined })}`] },
          'missing',
          'SeveralChallenges',
        ),
      ],
    },
  ],
}
