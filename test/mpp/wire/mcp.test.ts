/** The scheme in JSON-RPC: errors that ask for payment, and what stands in `_meta`. */
import { describe, expect, test } from 'vitest'
import type * as Json from '../../../src/codec/json.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import type { Credential } from '../../../src/mpp/wire/credential.ts'
import * as Mcp from '../../../src/mpp/wire/mcp.ts'
import { refusal } from '../../support/codes.ts'

const challenge: Challenge.Challenge = {
  id: 'one',
  realm: 'api.example.com',
  method: 'tempo',
  intent: 'charge',
  request: Challenge.encodeObject({ amount: '1' }),
  opaque: Challenge.encodeObject({ order: '7' }),
}
const wire = { ...challenge, request: { amount: '1' } } as Json.JsonObject
const problem = { type: 'about:blank', title: 'Payment Required' }
const failure = { reason: 'expired' }
const message = 'pay first'
const placements: [Mcp.Placement][] = [['root'], ['nested']]

describe('a challenge', () => {
  test('has its request as an object, and no header', () => {
    expect(Mcp.fromChallenge({ ...challenge, header: 'Payment-Authorization' })).toEqual(wire)
    expect(Mcp.toChallenge(wire)).toEqual(challenge)
  })
  test.each<[string, Json.JsonObject, object]>([
    ['a request that is text', { request: challenge.request }, { code: 'wrong-type', path: 'request' }],
    ['an opaque with a number', { opaque: Challenge.encodeObject({ a: 1 }) }, { path: 'opaque.a' }],
    ['no realm', { realm: null }, { code: 'wrong-type', path: 'realm' }],
  ])('with %s is refused', (_, change, expected) => {
    expect(refusal(() => Mcp.toChallenge({ ...wire, ...change }))).toMatchObject(expected)
  })
})

describe('an error', () => {
  const bare: Mcp.PaymentError = { code: -32042, message, challenges: [challenge] }
  const data = { httpStatus: 402, challenges: [wire] }
  test.each<[string, Mcp.PaymentError, Json.JsonObject]>([
    ['bare', bare, data],
    ['with a problem', { ...bare, problem }, { ...data, problem }],
    ['with a failure', { ...bare, code: -32043, failure }, { ...data, failure }],
    ['with both', { ...bare, problem, failure }, { ...data, problem, failure }],
  ])('%s is written and read back', (_, error, expected) => {
    const written = Mcp.encodeError(error)
    expect(written).toStrictEqual({ code: error.code, message, data: expected })
    expect(Mcp.decodeError(written)).toStrictEqual(error)
  })
  test('needs no HTTP status', () => {
    expect(Mcp.decodeError({ code: -32042, message, data: { challenges: [wire] } })).toEqual(bare)
  })
  test.each<[string, Json.JsonObject, object]>([
    ['another code', { code: -32602 }, { code: 'bad-value', path: 'code' }],
    ['no message', { message: null }, { code: 'wrong-type', path: 'message' }],
    ['no data', { data: null }, { code: 'wrong-type', path: 'data' }],
    ['no challenge', { data: { challenges: [] } }, { code: 'empty', path: 'data.challenges' }],
    ['another status', { data: { ...data, httpStatus: 400 } }, { path: 'data.httpStatus' }],
    ['a problem without a type', { data: { ...data, problem: {} } }, { path: 'data.problem.type' }],
    [
      'a reason that is no text',
      { data: { ...data, failure: { reason: 1 } } },
      { path: 'data.failure.reason' },
    ],
    [
      'a detail that is no text',
      { data: { ...data, failure: { detail: 1 } } },
      { path: 'data.failure.detail' },
    ],
  ])('with %s is refused', (_, change, expected) => {
    expect(refusal(() => Mcp.decodeError({ code: -32042, message, data, ...change }))).toMatchObject(expected)
  })
  test('keeps a detail, and members it does not know', () => {
    const known = { reason: 'expired', detail: 'long ago', later: 1 }
    const read = Mcp.decodeError({
      code: -32043,
      message,
      later: 1,
      data: { ...data, later: 1, failure: known },
    })
    expect(read.failure).toEqual(known)
  })
})

describe.each(placements)('%s', (placement) => {
  const call = {
    jsonrpc: '2.0',
    id: 1,
    params: { name: 'tool', _meta: { progressToken: 3 } },
    _meta: { trace: 'x' },
  }
  const credential: Credential = { challenge, payload: { type: 'proof' } }
  test.each<[string, Credential]>([
    ['with a source', { ...credential, source: 'did:pkh:eip155:1:0x00' }],
    ['without one', credential],
  ])('a credential %s is added and read back; what stood there stays', (_, given) => {
    const written = Mcp.withCredential(call, given, placement)
    const member = { [Mcp.credentialKey]: { ...given, challenge: wire } }
    expect(written).toStrictEqual(
      placement === 'root'
        ? { ...call, _meta: { trace: 'x', ...member } }
        : { ...call, params: { name: 'tool', _meta: { progressToken: 3, ...member } } },
    )
    expect(Mcp.credentialOf(written)).toStrictEqual(given)
  })
  test('a receipt is added to a response without a result, and read back', () => {
    const receipt: Mcp.Receipt = {
      status: 'success',
      method: 'tempo',
      timestamp: '2026-01-06T12:05:00Z',
      challengeId: 'one',
    }
    const written = Mcp.withReceipt({ id: 1 }, receipt, placement)
    const meta = { _meta: { [Mcp.receiptKey]: receipt } }
    expect(written).toStrictEqual(placement === 'root' ? { id: 1, ...meta } : { id: 1, result: meta })
    expect(Mcp.receiptOf(written)).toStrictEqual(receipt)
    for (const [name, value, code] of [
      ['status', 'failed', 'bad-value'],
      ['method', 1, 'wrong-type'],
      ['timestamp', 'now', 'bad-syntax'],
      ['challengeId', '', 'empty'],
      ['reference', 1, 'wrong-type'],
    ] as const)
      expect(
        refusal(() =>
          Mcp.receiptOf(Mcp.withReceipt({}, { ...receipt, [name]: value } as Mcp.Receipt, placement)),
        ),
      ).toEqual({ code, path: name })
  })
  test('a credential that is none is refused', () => {
    for (const [name, value, expected] of [
      ['challenge', {}, { code: 'missing', path: 'challenge.id' }],
      ['source', 1, { code: 'wrong-type', path: 'source' }],
      ['payload', [], { code: 'wrong-type', path: 'payload' }],
    ] as const) {
      const _meta = { [Mcp.credentialKey]: { challenge: wire, payload: {}, [name]: value } }
      const request = placement === 'root' ? { _meta } : { params: { _meta } }
      expect(refusal(() => Mcp.credentialOf(request as Json.JsonObject))).toEqual(expected)
    }
  })
})

test('keys are those of the draft', () => {
  expect([Mcp.credentialKey, Mcp.receiptKey]).toEqual([
    'org.paymentauth/credential',
    'org.paymentauth/receipt',
  ])
  expect(Mcp.codes).toEqual({
    paymentRequired: -32042,
    verificationFailed: -32043,
    malformedCredential: -32602,
    internalError: -32603,
  })
})

test('nothing there is undefined; the same key in both places is refused', () => {
  for (const empty of [{}, { _meta: 1 }, { params: [], result: 'x' }, { params: { _meta: { a: 1 } } }]) {
    expect(Mcp.credentialOf(empty as Json.JsonObject)).toBeUndefined()
    expect(Mcp.receiptOf(empty as Json.JsonObject)).toBeUndefined()
  }
  const _meta = { [Mcp.credentialKey]: {}, [Mcp.receiptKey]: {} }
  expect(refusal(() => Mcp.credentialOf({ _meta, params: { _meta } }))).toEqual({
    code: 'bad-value',
    path: `_meta.${Mcp.credentialKey}`,
  })
  expect(refusal(() => Mcp.receiptOf({ _meta, result: { _meta } }))).toEqual({
    code: 'bad-value',
    path: `_meta.${Mcp.receiptKey}`,
  })
})
