/** The credential in Authorization or Payment-Authorization. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { encoded, envelopes, mutations } from '../mutate.ts'
import { bound, exchanged } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const payload: JsonObject = { type: 'transaction', signature: '0xabc123' }
const wire: JsonObject = { challenge: bound, payload }
const value: JsonObject = { challenge: exchanged, payload }
const header = (credential: JsonObject): JsonObject => ({ header: `Payment ${encoded(credential)}` })
/** A member of that name, which an object literal cannot have. */
const proto = JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject
const token = encoded(wire)
const echo = (change: JsonObject): JsonObject => header({ ...wire, challenge: { ...bound, ...change } })

export const credential: Definition = {
  file: 'credential',
  title: 'Payment credentials',
  groups: [
    {
      op: 'credential.decode',
      comment: 'a field value with one credential; the request of the echo is given as the object it holds',
      requirements: ['CORE-CRED-001', 'CORE-HDR-017'],
      naming: {
        'CORE-CRED-003': /^(challenge|payload)(:| is)|^(without source|an array|a string|null|not JSON)$/,
        'CORE-CRED-004': /source/,
        'CORE-CRED-009': /unknown/,
        'CORE-CRED-010': /^scheme in/,
        'CORE-CRED-012': /UTF-8/,
      },
      tests: [
        valid('without source', header(wire), value),
        valid('with source', header({ ...wire, source: 'did:pkh:eip155:1:0xabc' }), {
          ...value,
          source: 'did:pkh:eip155:1:0xabc',
        }),
        valid('an empty payload', header({ ...wire, payload: {} }), { ...value, payload: {} }),
        valid('scheme in lower case', { header: `payment ${token}` }, value, 'LetterCase'),
        valid('scheme in upper case', { header: `PAYMENT ${token}` }, value, 'LetterCase'),
        valid('several spaces', { header: `Payment   ${token}` }, value),
        valid(
          'beside another scheme',
          { header: `Bearer abc, Payment ${token}` },
          value,
          'SeveralChallenges',
        ),
        valid(
          'a challenge with every parameter',
          echo({ expires: '2026-01-06T12:05:00Z', header: 'Payment-Authorization', opaque: 'e30' }),
        ),
        valid(
          'unknown members',
          header({ ...wire, foo: 1, payload: { ...payload, bar: [1] } }),
          undefined,
          'UnknownMember',
        ),
        valid('an unknown member of the echo', echo({ foo: 'x' }), undefined, 'UnknownMember'),
        valid(
          'a payload with __proto__',
          header({ ...wire, payload: proto }),
          { ...value, payload: proto },
          'Prototype',
        ),
        ...envelopes(wire, (text) => ({ header: `Payment ${text}` })).filter(
          ({ comment }) => comment !== 'padded',
        ),
        invalid('padded', { header: `Payment ${token.slice(0, -1)}=` }, 'bad-padding', 'NonCanonicalBase64'),
        ...mutations(wire, { challenge: 'object', payload: 'object', source: 'text?' }, header),
        ...mutations(
          bound,
          {
            id: 'text',
            realm: 'text',
            method: 'text',
            intent: 'text',
            request: 'text',
            expires: 'timestamp?',
          },
          (challenge) => header({ ...wire, challenge }),
        ),
        invalid('an empty id in the echo', echo({ id: '' }), 'empty', 'EmptyValue'),
        invalid('an upper-case method in the echo', echo({ method: 'Tempo' }), 'bad-value', 'LetterCase'),
        invalid('an empty request in the echo', echo({ request: '' }), 'empty', 'EmptyValue'),
        invalid(
          'the request as an object, as JSON-RPC has it',
          echo({ request: { amount: '1' } }),
          'wrong-type',
          'WrongType',
        ),
        invalid('nothing', { header: '' }, 'wrong-scheme', 'EmptyValue'),
        invalid('another scheme', { header: `Bearer ${token}` }, 'wrong-scheme'),
        invalid('a scheme that begins alike', { header: `Payment2 ${token}` }, 'wrong-scheme'),
        invalid('the scheme alone', { header: 'Payment' }, 'bad-syntax', 'EmptyValue'),
        invalid('the scheme and a space', { header: 'Payment ' }, 'bad-syntax', 'EmptyValue'),
        invalid('no scheme', { header: token }, 'wrong-scheme'),
        invalid('no space', { header: `Payment${token}` }, 'wrong-scheme'),
        invalid('parameters instead of one value', { header: `Payment credential="${token}"` }, 'bad-syntax'),
        invalid('quoted', { header: `Payment "${token}"` }, 'bad-syntax', 'Quoting'),
        invalid('two values', { header: `Payment ${token} ${token}` }, 'bad-syntax'),
        invalid(
          'two credentials',
          { header: `Payment ${token}, Payment ${token}` },
          'bad-syntax',
          'SeveralChallenges',
        ),
        invalid(
          'a line break inside',
          { header: `Payment ${token.slice(0, 9)}\r\n ${token.slice(9)}` },
          'bad-syntax',
          'HeaderInjection',
        ),
        invalid('over the limit', { header: `Payment ${'A'.repeat(65_529)}` }, 'too-large', 'Limit'),
      ],
    },
    {
      op: 'credential.extract',
      comment: 'the encoded credentials of a field, so that more than one can be told',
      requirements: ['CORE-CRED-001', 'CORE-HDR-017'],
      tests: [
        valid('none', { header: 'Bearer abc' }, { tokens: [] }),
        valid('one', { header: 'Payment abc' }, { tokens: ['abc'] }),
        valid('two', { header: 'Payment abc, payment def' }, { tokens: ['abc', 'def'] }, 'SeveralChallenges'),
        valid(
          'one in the quotes of another scheme',
          { header: 'X a="Payment abc"' },
          { tokens: [] },
          'Quoting',
        ),
        invalid('parameters', { header: 'Payment a=b' }, 'bad-syntax'),
        invalid('an open quote', { header: 'X a="Payment abc' }, 'unterminated-quote', 'Quoting'),
      ],
    },
    {
      op: 'credential.encode',
      comment: 'an object to a field value; any JSON text of the same meaning will do',
      requirements: ['CORE-CRED-001', 'CORE-CRED-003'],
      compare: 'semantic',
      tests: [
        valid('without source', value, header(wire)),
        valid(
          'with source',
          { ...value, source: 'did:pkh:eip155:1:0xabc' },
          header({ ...wire, source: 'did:pkh:eip155:1:0xabc' }),
        ),
        valid(
          'letters beyond ASCII',
          { ...value, payload: { note: 'é€😀' } },
          header({ ...wire, payload: { note: 'é€😀' } }),
          'Unicode',
        ),
        invalid(
          'a lone surrogate in the payload',
          { ...value, payload: { note: '\udc00' } },
          'unencodable',
          'Unicode',
        ),
        invalid('no challenge', { payload }, 'wrong-type', 'MissingMember'),
      ],
    },
  ],
}
