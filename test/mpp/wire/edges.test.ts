/** The edges of the wire objects: what is left out stays out, and places are named. */
import { hashTypedData } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import * as AuthParams from '../../../src/codec/auth-params.ts'
import * as IdempotencyKey from '../../../src/codec/idempotency-key.ts'
import { amount, decodeWith } from '../../../src/codec/schema.ts'
import * as Descriptor from '../../../src/contracts/descriptor.ts'
import * as Signature from '../../../src/keys/signature.ts'
import * as Accounting from '../../../src/mpp/ledger.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Events from '../../../src/mpp/wire/events.ts'
import * as Preferences from '../../../src/mpp/wire/preferences.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Proof from '../../../src/mpp/wire/proof.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import * as TempoCharge from '../../../src/mpp/wire/tempo-charge.ts'
import { refusal } from '../../support/codes.ts'
import { address, bytes32, descriptor, token } from '../../support/samples.ts'

const scheme = (field: string) => AuthParams.decode(field)[1] as AuthParams.AuthScheme

describe('challenge', () => {
  const challenge = { id: 'a', realm: 'b', method: 'c', intent: 'd', request: Challenge.encodeObject({}) }
  test('has the parameters that were there and no others', () => {
    expect(Challenge.decode(`${Challenge.encode(challenge)}, colour="blue"`)).toStrictEqual([challenge])
  })
  test('of another scheme, or as one value, is none', () => {
    expect(refusal(() => Challenge.fromScheme(scheme('A, Basic realm="x"')))).toEqual({
      code: 'wrong-scheme',
      at: 3,
    })
    expect(refusal(() => Challenge.fromScheme(scheme('A, Payment e30')))).toEqual({
      code: 'bad-syntax',
      at: 3,
    })
  })
  test('names the member of opaque or request that is wrong', () => {
    expect(refusal(() => Challenge.opaque(Challenge.encodeObject({ a: '1', b: 2 })))).toEqual({
      code: 'wrong-type',
      path: 'opaque.b',
    })
    expect(refusal(() => Challenge.opaque('!'))).toEqual({ code: 'bad-character', at: 0, path: 'opaque' })
    expect(refusal(() => Challenge.request({ request: '!' }))).toEqual({
      code: 'bad-character',
      at: 0,
      path: 'request',
    })
  })
  test('has its header unless it is read as draft-00', () => {
    const found = scheme(`A, ${Challenge.encode({ ...challenge, header: 'Payment-Authorization' })}`)
    expect(Challenge.fromScheme(found)).toStrictEqual({ ...challenge, header: 'Payment-Authorization' })
    expect(Challenge.fromScheme(found, '00')).toStrictEqual(challenge)
  })
  test('without a time to expire never does', () => {
    expect(Challenge.isExpired(challenge, Number.MAX_SAFE_INTEGER)).toBe(false)
  })
})

test('a credential that is no single value is placed', () => {
  expect(refusal(() => Credential.extract('A, Payment a="b"'))).toEqual({ code: 'bad-syntax', at: 3 })
  expect(Credential.extract('A b, Payment e30')).toEqual(['e30'])
})

test('descriptors are equal when all seven fields are', () => {
  expect(Descriptor.equal(descriptor, { ...descriptor })).toBe(true)
  for (const name of Descriptor.fields) {
    const other = { ...descriptor, [name]: descriptor[name].replace(/.$/, 'f') }
    expect(Descriptor.equal(descriptor, other)).toBe(false)
  }
  expect(Descriptor.fields).toEqual([
    'payer',
    'payee',
    'operator',
    'token',
    'salt',
    'authorizedSigner',
    'expiringNonceHash',
  ])
})

test('no key is empty, or holds what is no printable ASCII, first or last', () => {
  for (const key of ['', '\u0001 a', 'a \u0001', 'é', 'a é', 'a\n'])
    expect(() => IdempotencyKey.encode(key)).toThrow(/./)
})

test('a problem and a refusal have only what they are given', () => {
  expect(Problem.refuse('payment-required', 'why')).toStrictEqual({
    problem: 'payment-required',
    detail: 'why',
  })
  expect(Problem.refuse('payment-required', 'why', { a: 'b' }).extensions).toEqual({ a: 'b' })
  expect(Problem.from(Problem.refuse('payment-required', 'why'))).toStrictEqual({
    type: 'https://paymentauth.org/problems/payment-required',
    title: 'Payment Required',
    status: 402,
    detail: 'why',
  })
})

test('a receipt has no member without a value', () => {
  const fields = {
    timestamp: '2026-01-06T12:08:30Z',
    challengeId: 'a',
    channelId: bytes32('6d'),
    acceptedCumulative: 2n,
    spent: 1n,
  }
  expect(Receipt.from({ ...fields, units: undefined, txHash: undefined })).toStrictEqual({
    ...fields,
    method: 'tempo',
    intent: 'session',
    status: 'success',
    reference: bytes32('6d'),
  })
})

describe('signature', () => {
  const word = (value: bigint) => value.toString(16).padStart(64, '0')
  test('another v is named where it stands', () => {
    for (const v of ['1a', '1d', '00', '01'])
      expect(refusal(() => Signature.decode(`0x${word(1n)}${word(1n)}${v}`))).toEqual({
        code: 'bad-value',
        at: 130,
      })
  })
  test('the compact form holds s up to half the order', () => {
    const half = { r: 1n, s: Signature.halfOrder, yParity: 1 as const }
    expect(Signature.decode(Signature.encodeCompact(half))).toEqual(half)
    expect(() => Signature.encodeCompact({ ...half, s: half.s + 1n })).toThrow(/./)
  })
})

test('a channel that its escrow has closed is closed, whatever deposit is told', () => {
  const ledger = Accounting.open(10n, 1n)
  const seen = { deposit: 10n, settled: 1n, closeRequestedAt: 5 }
  expect(Accounting.observe(ledger, { ...seen, finalized: true })).toEqual({ ...ledger, phase: 'closed' })
  expect(Accounting.observe(ledger, { ...seen, finalized: false })).toEqual({ ...ledger, ...seen })
  expect(Accounting.observe(ledger, seen)).toEqual({ ...ledger, ...seen })
})

describe('tempo charge', () => {
  const request: TempoCharge.Request = { amount: 5n, currency: token, recipient: address('a1') }
  test('without splits or details it is one transfer', () => {
    const whole = [{ to: request.recipient, amount: 5n, memo: undefined }]
    expect(TempoCharge.transfersOf(request)).toEqual(whole)
    expect(TempoCharge.transfersOf({ ...request, methodDetails: { chainId: 1 } })).toEqual(whole)
    expect(TempoCharge.transfersOf({ ...request, amount: 0n })).toEqual([])
  })
  test('nothing may be asked for, but not be split', () => {
    const nothing = { ...request, amount: 0n }
    expect(TempoCharge.decode(TempoCharge.encode(nothing))).toEqual(nothing)
    const splits = [{ amount: 0n, recipient: address('b2') }]
    expect(() => TempoCharge.encode({ ...nothing, methodDetails: { splits } })).toThrow(/./)
  })
})

describe('schemas', () => {
  test('an issue without a code is a bad value; a symbol in its path is text', () => {
    const schema = z.unknown().superRefine((_, context) => {
      context.addIssue({ code: 'custom', message: 'text', path: ['a', Symbol('b'), 0] })
    })
    expect(() => decodeWith(schema, 1)).toThrow(
      expect.objectContaining({ code: 'bad-value', path: ['a', 'Symbol(b)', 0] }) as Error,
    )
  })
  test('sizes and numbers out of range have codes of their own', () => {
    expect(refusal(() => decodeWith(z.string().max(1), 'ab'))).toEqual({ code: 'too-large' })
    expect(refusal(() => decodeWith(z.array(z.unknown()).max(1), [1, 2]))).toEqual({ code: 'too-large' })
    expect(refusal(() => decodeWith(z.array(z.unknown()).min(1), []))).toEqual({ code: 'empty' })
    expect(refusal(() => decodeWith(z.number().max(1), 2))).toEqual({ code: 'out-of-range' })
    expect(refusal(() => decodeWith(z.number().min(1), 0))).toEqual({ code: 'out-of-range' })
    expect(refusal(() => decodeWith(z.string().regex(/a/), 'b'))).toEqual({ code: 'bad-value' })
  })
  test('a mistake of ours inside a codec is not taken for bad input', () => {
    expect(() => decodeWith(amount(Symbol('no limit') as unknown as bigint), '1')).toThrow(TypeError)
  })
})

test('a weight of 1 may be written', () => {
  expect(Preferences.decode('a/b;q=1')).toEqual([{ method: 'a', intent: 'b', q: 1 }])
})

test('a quoted key has nothing before its quote', () => {
  expect(refusal(() => IdempotencyKey.decode('a"b"'))).toEqual({ code: 'bad-syntax' })
  expect(refusal(() => IdempotencyKey.decode('"b"a'))).toEqual({ code: 'bad-syntax' })
})

test('a stream asks for a voucher by name', () => {
  const asked = { acceptedCumulative: 3n, channelId: bytes32('6d'), deposit: 10n, requiredCumulative: 4n }
  expect(Events.encodeNeedVoucher(asked)).toMatch(/^event: payment-need-voucher\ndata: /)
})

test('a channel that is over takes no top-up', () => {
  const over = { ...Accounting.open(10n, 1n), phase: 'closed' as const }
  expect(Accounting.topUpRules.notOver(over, undefined)).toBeDefined()
  expect(Accounting.topUpRules.notOver(Accounting.open(10n, 1n), undefined)).toBeUndefined()
})

test('a proof is what a wallet signs, and says who signed', async () => {
  const account = privateKeyToAccount(`0x${'01'.repeat(32)}`)
  expect(hashTypedData(Proof.typedData('id', 7))).toBe(Proof.digest('id', 7))
  expect(Proof.recover('id', 7, await Proof.sign('id', 7, account))).toBe(account.address.toLowerCase())
})
