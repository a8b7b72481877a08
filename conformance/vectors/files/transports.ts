/** The Payment scheme in JSON-RPC (MCP), and the discovery document. */
import type { JsonObject } from '../../../src/codec/json.ts'
import { encodedText, mutations } from '../mutate.ts'
import { bound, exchanged, requestText, timestamp } from '../samples.ts'
import { type Definition, invalid, valid } from '../vector.ts'

const payload: JsonObject = { type: 'transaction', signature: '0xabc123' }
const error: JsonObject = {
  code: -32042,
  message: 'Payment Required',
  data: { httpStatus: 402, challenges: [exchanged] },
}
const withData = (data: JsonObject): JsonObject => ({
  error: { ...error, data: { ...(error['data'] as JsonObject), ...data } },
})
const withChallenge = (challenge: JsonObject): JsonObject => withData({ challenges: [challenge] })
const credential: JsonObject = { challenge: exchanged, payload }
const key = 'org.paymentauth/credential'
const receiptKey = 'org.paymentauth/receipt'
const nested = (value: JsonObject): JsonObject => ({
  message: { method: 'tools/call', params: { _meta: { [key]: value } } },
})
const receipt: JsonObject = {
  status: 'success',
  method: 'tempo',
  timestamp,
  challengeId: 'abc',
  reference: 'r',
}
const inResult = (value: JsonObject): JsonObject => ({
  message: { result: { _meta: { [receiptKey]: value } } },
})
/** A member of that name, which an object literal cannot have. */
const proto = JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject
const message: JsonObject = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'x' } }

export const mcp: Definition = {
  file: 'mcp',
  title: 'JSON-RPC and MCP',
  groups: [
    {
      op: 'mcp.error.decode',
      comment:
        'the error of a response; challenges come out with request as canonical base64url, as they are bound',
      requirements: ['MCP-CHAL-002', 'MCP-CHAL-003'],
      tests: [
        valid('a challenge', { error }, { code: -32042, message: 'Payment Required', challenges: [bound] }),
        valid(
          'a failed verification',
          {
            error: {
              ...error,
              code: -32043,
              data: { challenges: [exchanged], failure: { reason: 'x', detail: 'y' } },
            },
          },
          undefined,
        ),
        valid(
          'two challenges',
          withData({ challenges: [exchanged, { ...exchanged, id: 'b' }] }),
          undefined,
          'SeveralChallenges',
        ),
        valid('unknown members', { error: { ...error, foo: 1 } }, undefined, 'UnknownMember'),
        valid(
          'a request with __proto__, which is bound too',
          withChallenge({ ...exchanged, request: proto }),
          {
            code: -32042,
            message: 'Payment Required',
            challenges: [{ ...bound, request: encodedText('{"__proto__":{"polluted":true}}') }],
          },
          'Prototype',
        ),
        invalid('another code', { error: { ...error, code: -32000 } }, 'bad-value'),
        invalid('the code as text', { error: { ...error, code: '-32042' } }, 'bad-value', 'WrongType'),
        invalid('no error', {}, 'missing', 'MissingMember'),
        invalid('no challenges', withData({ challenges: [] }), 'empty', 'EmptyValue'),
        invalid('challenges as an object', withData({ challenges: exchanged }), 'wrong-type', 'WrongType'),
        invalid('another status', withData({ httpStatus: 200 }), 'bad-value'),
        invalid(
          'a request in base64url',
          withChallenge({ ...exchanged, request: requestText }),
          'wrong-type',
          'WrongType',
        ),
        invalid(
          'an opaque that is no base64url',
          withChallenge({ ...exchanged, opaque: 'x y' }),
          'bad-character',
          'NonCanonicalBase64',
        ),
        invalid(
          'an opaque with a number',
          withChallenge({ ...exchanged, opaque: encodedText('{"a":1}') }),
          'wrong-type',
          'WrongType',
        ),
        invalid('an empty id', withChallenge({ ...exchanged, id: '' }), 'empty', 'EmptyValue'),
        invalid(
          'an upper-case method',
          withChallenge({ ...exchanged, method: 'Tempo' }),
          'bad-value',
          'LetterCase',
        ),
        ...mutations(
          exchanged,
          {
            id: 'text',
            realm: 'text',
            method: 'text',
            intent: 'text',
            request: 'object',
            expires: 'timestamp?',
          },
          withChallenge,
        ).filter(({ comment }) => comment !== 'request: object as text'),
      ],
    },
    {
      op: 'mcp.challenge.encode',
      comment: 'a challenge to its JSON-RPC form: request as an object, header left out',
      requirements: ['MCP-CHAL-003'],
      tests: [
        valid('the five parameters', bound, exchanged),
        valid(
          'header has no meaning there',
          { ...bound, header: 'Payment-Authorization' },
          exchanged,
          'CredentialField',
        ),
        invalid(
          'a request that is no base64url',
          { ...bound, request: '{}' },
          'bad-character',
          'NonCanonicalBase64',
        ),
        invalid('an empty request', { ...bound, request: '' }, 'empty', 'EmptyValue'),
      ],
    },
    {
      op: 'mcp.credential.decode',
      comment: 'the credential in the _meta of a request, at either place',
      requirements: ['CORE-CRED-009'],
      tests: [
        valid('inside params', nested(credential), { challenge: bound, payload }),
        valid(
          'beside params',
          { message: { ...message, _meta: { [key]: credential } } },
          { challenge: bound, payload },
        ),
        valid('with a source', nested({ ...credential, source: 'did:pkh:eip155:1:0xabc' }), {
          challenge: bound,
          payload,
          source: 'did:pkh:eip155:1:0xabc',
        }),
        valid(
          'beside other _meta',
          { message: { _meta: { progressToken: 1, [key]: credential } } },
          undefined,
          'UnknownMember',
        ),
        invalid(
          'at both places',
          { message: { _meta: { [key]: credential }, params: { _meta: { [key]: credential } } } },
          'bad-value',
          'DuplicateKey',
        ),
        invalid('none', { message }, 'missing', 'MissingMember'),
        invalid('_meta as an array', { message: { _meta: [credential] } }, 'missing', 'WrongType'),
        invalid('base64url, as in HTTP', nested('abc' as never), 'wrong-type', 'WrongType'),
        ...mutations(credential, { challenge: 'object', payload: 'object', source: 'text?' }, nested),
      ],
    },
    {
      op: 'mcp.credential.encode',
      comment: 'a request with a credential added',
      requirements: [],
      tests: [
        valid(
          'inside params',
          { message, credential: { challenge: bound, payload }, placement: 'nested' },
          { ...message, params: { name: 'x', _meta: { [key]: credential } } },
        ),
        valid(
          'beside params',
          { message, credential: { challenge: bound, payload }, placement: 'root' },
          { ...message, _meta: { [key]: credential } },
        ),
        valid(
          'other _meta stays',
          { message: { _meta: { a: 1 } }, credential: { challenge: bound, payload }, placement: 'root' },
          { _meta: { a: 1, [key]: credential } },
          'UnknownMember',
        ),
      ],
    },
    {
      op: 'mcp.receipt.decode',
      comment: 'the receipt in the _meta of a response',
      requirements: ['MCP-RCPT-003', 'CORE-RCPT-009'],
      tests: [
        valid('with a reference', inResult(receipt), receipt),
        valid('an unknown member', inResult({ ...receipt, foo: 1 }), { ...receipt, foo: 1 }, 'UnknownMember'),
        invalid('a failed payment', inResult({ ...receipt, status: 'failed' }), 'bad-value'),
        invalid('an empty challenge id', inResult({ ...receipt, challengeId: '' }), 'empty', 'EmptyValue'),
        invalid(
          'at both places',
          { message: { _meta: { [receiptKey]: receipt }, result: { _meta: { [receiptKey]: receipt } } } },
          'bad-value',
          'DuplicateKey',
        ),
        invalid('none', { message: { result: {} } }, 'missing', 'MissingMember'),
        ...mutations(
          receipt,
          { method: 'text', timestamp: 'timestamp', challengeId: 'text', reference: 'text?' },
          inResult,
        ),
      ],
    },
  ],
}

const offer: JsonObject = { intent: 'session', method: 'tempo', amount: '1000' }
const document: JsonObject = {
  openapi: '3.1.0',
  info: { title: 'Poems', version: '1' },
  paths: { '/poem': { get: { 'x-payment-info': { offers: [offer] }, responses: { '402': {} } } } },
}
const text = (change: JsonObject): JsonObject => ({ text: JSON.stringify({ ...document, ...change }) })
const json = (required: string[]): JsonObject => ({
  'application/json': { schema: { type: 'object', required } },
})

export const discovery: Definition = {
  file: 'discovery',
  title: 'The discovery document',
  groups: [
    {
      op: 'discovery.decode',
      comment: 'an OpenAPI document to what it says of payment',
      requirements: [],
      naming: {
        'DISC-007': /^an operation$/,
        'DISC-012': /service info|categor|homepage|docs/,
      },
      tests: [
        valid('an operation', text({}), {
          title: 'Poems',
          version: '1',
          operations: [{ path: '/poem', verb: 'get', offers: [offer], declares402: true }],
        }),
        valid('nothing to pay', text({ paths: { '/': { get: {} } } }), {
          title: 'Poems',
          version: '1',
          operations: [],
        }),
        valid(
          'service info',
          text({ 'x-service-info': { categories: ['ai'], docs: { homepage: 'https://example.com' } } }),
        ),
        valid('no 402 declared', text({ paths: { '/': { post: { 'x-payment-info': offer } } } }), {
          title: 'Poems',
          version: '1',
          operations: [{ path: '/', verb: 'post', offers: [offer], declares402: false }],
        }),
        ...(
          [
            ['OpenAPI 2', { openapi: '2.0' }, 'bad-value'],
            ['OpenAPI as a number', { openapi: 3.1 }, 'wrong-type'],
            ['no title', { info: { version: '1' } }, 'missing'],
            ['an empty title', { info: { title: '', version: '1' } }, 'empty'],
            ['no info', { info: null }, 'wrong-type'],
            ['no paths', { paths: {} }, 'empty'],
            ['paths as an array', { paths: [] }, 'wrong-type'],
            ['categories as text', { 'x-service-info': { categories: 'ai' } }, 'wrong-type'],
            ['a category as a number', { 'x-service-info': { categories: [1] } }, 'wrong-type'],
            [
              'a homepage that is no URI',
              { 'x-service-info': { docs: { homepage: 'example' } } },
              'bad-value',
            ],
            ['docs as an array', { 'x-service-info': { docs: [] } }, 'wrong-type'],
          ] as const
        ).map(([comment, change, reason]) => invalid(comment, text(change as unknown as JsonObject), reason)),
        invalid('no JSON', { text: 'openapi: 3.1.0' }, 'bad-json'),
        invalid(
          'a path twice',
          { text: '{"openapi":"3.1.0","info":{"title":"a","version":"1"},"paths":{"/":{},"/":{}}}' },
          'duplicate-key',
          'DuplicateKey',
        ),
      ],
    },
    {
      op: 'discovery.offers',
      comment: 'an x-payment-info in either form',
      requirements: ['DISC-007', 'DISC-008'],
      tests: [
        valid('a list', { info: { offers: [offer] } }, { offers: [offer] }),
        valid('one offer, the older form', { info: offer }, { offers: [offer] }),
        valid(
          'two offers',
          { info: { offers: [offer, { ...offer, intent: 'charge', amount: null }] } },
          { offers: [offer, { ...offer, intent: 'charge', amount: null }] },
        ),
        valid(
          'an unknown member',
          { info: { ...offer, foo: 1 } },
          { offers: [{ ...offer, foo: 1 }] },
          'UnknownMember',
        ),
        ...['01', '-1', '1.5', '1e3', '', ' 1', '0x1'].map((amount) =>
          invalid(`amount ${JSON.stringify(amount)}`, { info: { ...offer, amount } }, 'bad-value', 'Amount'),
        ),
        invalid('amount as a number', { info: { ...offer, amount: 1000 } }, 'bad-value', 'Amount'),
        invalid('no amount', { info: { intent: 'charge', method: 'tempo' } }, 'bad-value', 'MissingMember'),
        invalid('an unknown intent', { info: { ...offer, intent: 'subscribe' } }, 'bad-value'),
        invalid('an empty method', { info: { ...offer, method: '' } }, 'empty', 'EmptyValue'),
        invalid('no offers', { info: { offers: [] } }, 'empty', 'EmptyValue'),
        invalid('both forms at once', { info: { ...offer, offers: [offer] } }, 'bad-value', 'DuplicateKey'),
        invalid('an array', { info: [offer] }, 'wrong-type', 'WrongType'),
        invalid('nothing', {}, 'wrong-type', 'MissingMember'),
      ],
    },
    {
      op: 'discovery.promised',
      comment: 'the members every success answer is sure to have',
      requirements: ['DISC-013'],
      tests: [
        valid(
          'one representation',
          { operation: { responses: { '200': { content: json(['b', 'a']) } } } },
          { members: ['a', 'b'] },
        ),
        valid(
          'only what both promise',
          {
            operation: {
              responses: { '200': { content: json(['a', 'b']) }, '201': { content: json(['b', 'c']) } },
            },
          },
          { members: ['b'] },
        ),
        valid(
          'a representation that is no JSON promises nothing',
          { operation: { responses: { '200': { content: { ...json(['a']), 'text/plain': {} } } } } },
          { members: [] },
        ),
        valid(
          'errors do not count',
          { operation: { responses: { '200': { content: json(['a']) }, '402': {} } } },
          { members: ['a'] },
        ),
        valid(
          'listed properties promise nothing',
          {
            operation: {
              responses: {
                '200': {
                  content: { 'application/json': { schema: { type: 'object', properties: { a: {} } } } },
                },
              },
            },
          },
          { members: [] },
        ),
        valid(
          'a reference promises nothing',
          {
            operation: {
              responses: { '2XX': { content: { 'application/json': { schema: { $ref: '#/x' } } } } },
            },
          },
          { members: [] },
        ),
        valid('no responses', { operation: {} }, { members: [] }, 'EmptyValue'),
        invalid('no operation', {}, 'wrong-type', 'MissingMember'),
      ],
    },
  ],
}
