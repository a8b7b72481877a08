/**
 * JSON-RPC 2.0, on which MCP and the chain's node stand: who is answered, under which id, and what is no request.
 */
import type { JsonObject } from '../../../src/codec/json.ts'
import type { FlagName } from '../flags.ts'
import { type Definition, type Draft, valid } from '../vector.ts'

const invalidRequest = -32_600
const noMethod = -32_601
const parseError = -32_700

const failure = (code: number, id = 'null'): JsonObject => ({ id, code })
const one = (answer: JsonObject): JsonObject => ({ batch: false, answers: [answer] })
const batch = (...answers: JsonObject[]): JsonObject => ({ batch: true, answers })
const silence: JsonObject = { batch: false, answers: [] }

const rows: readonly (readonly [what: string, text: string, answer: JsonObject, flag?: FlagName])[] = [
  ['a call', '{"jsonrpc":"2.0","method":"echo","params":[4,2],"id":1}', one({ id: '1', result: [4, 2] })],
  [
    'parameters by name',
    '{"jsonrpc":"2.0","method":"echo","params":{"a":4},"id":3}',
    one({ id: '3', result: { a: 4 } }),
  ],
  [
    'an id of text',
    '{"jsonrpc":"2.0","method":"echo","id":"a \\" b"}',
    one({ id: '"a \\" b"', result: null }),
  ],
  [
    'an id of more digits than a double has',
    '{"jsonrpc":"2.0","method":"echo","id":9007199254740993}',
    one({ id: '9007199254740993', result: null }),
  ],
  [
    'an id of digits and zeros after a point',
    '{"jsonrpc":"2.0","method":"echo","id":1.50}',
    one({ id: '1.50', result: null }),
  ],
  [
    'a long id beside another inside the parameters',
    '{"id":12345678901234567890,"jsonrpc":"2.0","method":"echo","params":{"id":7}}',
    one({ id: '12345678901234567890', result: { id: 7 } }),
  ],
  [
    'an id of null is an id',
    '{"jsonrpc":"2.0","method":"echo","id":null}',
    one({ id: 'null', result: null }),
  ],
  ['a notification', '{"jsonrpc":"2.0","method":"echo","params":[1]}', silence],
  ['a notification of no method there is', '{"jsonrpc":"2.0","method":"foobar"}', silence],
  ['no method there is', '{"jsonrpc":"2.0","method":"foobar","id":"1"}', one(failure(noMethod, '"1"'))],
  ['no JSON', '{"jsonrpc":"2.0","method":"echo","params":"bar","baz]', one(failure(parseError)), 'Malformed'],
  [
    'a batch that is no JSON',
    '[{"jsonrpc":"2.0","method":"echo","id":1},{"jsonrpc":"2.0","method"',
    one(failure(parseError)),
    'Malformed',
  ],
  [
    'a method that is a number',
    '{"jsonrpc":"2.0","method":1,"params":[]}',
    one(failure(invalidRequest)),
    'WrongType',
  ],
  ['a number for a request', '1', one(failure(invalidRequest)), 'WrongType'],
  [
    'an object for an id',
    '{"jsonrpc":"2.0","method":"echo","id":{"id":1}}',
    one(failure(invalidRequest)),
    'WrongType',
  ],
  ['an empty batch', '[]', one(failure(invalidRequest)), 'EmptyValue'],
  ['a batch of one thing that is no request', '[1]', batch(failure(invalidRequest)), 'WrongType'],
  [
    'a batch of three of them',
    '[1,"2",[]]',
    batch(failure(invalidRequest), failure(invalidRequest), failure(invalidRequest)),
    'WrongType',
  ],
  [
    'a batch of calls, a notification and other things',
    '[{"jsonrpc":"2.0","method":"echo","params":[1],"id":"1"},{"jsonrpc":"2.0","method":"echo","params":[7]},{"foo":"boo"},{"jsonrpc":"2.0","method":"foobar","id":"5"},{"jsonrpc":"2.0","method":"echo","id":10000000000000000001}]',
    batch({ id: '"1"', result: [1] }, failure(invalidRequest), failure(noMethod, '"5"'), {
      id: '10000000000000000001',
      result: null,
    }),
  ],
  ['an id alone', '{"jsonrpc":"2.0","id":1}', one(failure(invalidRequest, '1')), 'MissingMember'],
  [
    'an id and no version',
    '{"id":1,"method":"echo","params":["x",3]}',
    one(failure(invalidRequest, '1')),
    'MissingMember',
  ],
  [
    'another version',
    '{"jsonrpc":"2.1","id":1,"method":"echo"}',
    one(failure(invalidRequest, '1')),
    'Malformed',
  ],
  [
    'the version as a number',
    '{"jsonrpc":2.0,"id":1,"method":"echo"}',
    one(failure(invalidRequest, '1')),
    'WrongType',
  ],
  [
    'parameters that are text',
    '{"jsonrpc":"2.0","id":1,"method":"echo","params":"bar"}',
    one(failure(invalidRequest, '1')),
    'WrongType',
  ],
  [
    'a method and parameters of the wrong type, without an id',
    '{"jsonrpc":"2.0","method":1,"params":"bar"}',
    one(failure(invalidRequest)),
    'WrongType',
  ],
  [
    'parameters of null, as none',
    '{"jsonrpc":"2.0","method":"echo","params":null,"id":3}',
    one({ id: '3', result: null }),
  ],
  [
    'a list for an id',
    '{"jsonrpc":"2.0","method":"echo","id":[]}',
    one(failure(invalidRequest)),
    'WrongType',
  ],
  [
    'true for an id',
    '{"jsonrpc":"2.0","method":"echo","id":true}',
    one(failure(invalidRequest)),
    'WrongType',
  ],
  ['null for a request', 'null', one(failure(invalidRequest)), 'WrongType'],
  ['a batch of null', '[null]', batch(failure(invalidRequest)), 'WrongType'],
  ['a quote that opens nothing', "'f", one(failure(parseError)), 'Malformed'],
  ['nothing at all', '', one(failure(parseError)), 'Malformed'],
  ['a batch of one notification', '[{"jsonrpc":"2.0","method":"echo","params":["x",99]}]', silence],
  [
    'a batch of notifications',
    '[{"jsonrpc":"2.0","method":"echo","params":[1]},{"jsonrpc":"2.0","method":"foobar"}]',
    silence,
  ],
]

export const jsonRpc: Definition = {
  file: 'json-rpc',
  title: 'JSON-RPC 2.0',
  groups: [
    {
      op: 'jsonrpc.answer',
      comment:
        'a request to a server whose one method, echo, answers its parameters (null without any): the answers in order, none for silence, and whether they are a list; an id is its JSON text, an error its code',
      requirements: ['MCP-RPC-001', 'MCP-RPC-002'],
      tests: rows.map(
        ([what, text, answer, flag]): Draft =>
          valid(what, { text }, answer, ...(flag === undefined ? [] : [flag])),
      ),
    },
  ],
}
