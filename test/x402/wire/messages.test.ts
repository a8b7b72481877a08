/** The messages of x402, v1 and v2: what is written is read, and everything malformed is a `DecodeError`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Base64 from '../../../src/codec/base64.ts'
import { DecodeError } from '../../../src/codec/decode-error.ts'
import type { JsonObject } from '../../../src/codec/json.ts'
import * as EncodedObject from '../../../src/x402/wire/encoded-object.ts'
import * as Exact from '../../../src/x402/wire/exact.ts'
import * as FacilitatorApi from '../../../src/x402/wire/facilitator-api.ts'
import { versions } from '../../../src/x402/wire/fields.ts'
import { chainIdOf, networkOf } from '../../../src/x402/wire/network.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as Required from '../../../src/x402/wire/required.ts'
import * as Requirements from '../../../src/x402/wire/requirements.ts'
import * as Settlement from '../../../src/x402/wire/settlement.ts'
import { code, refusal } from '../../support/codes.ts'
import { random } from '../../support/fuzz.ts'
import { asset, payment, required, requirements, resource } from '../../support/x402/samples.ts'

const header = (value: unknown) => Base64.encode(JSON.stringify(value))
const without = (object: JsonObject, name: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))

describe.each(versions)('v%i', (version) => {
  test('requirements survive the way there and back, and keep what was received', () => {
    const stated = required(version)
    const read =
      version === 1
        ? Required.decodeBody(JSON.stringify(stated.json))
        : Required.decode(Required.encode(stated))
    expect(read).toEqual(stated)
    expect(read.accepts[0]).toMatchObject({
      amount: 10_000n,
      asset,
      scheme: 'exact',
      extra: { name: 'USDC' },
    })
  })
  test('what the texts do not define is kept, and null is absent', () => {
    const odd = { ...requirements(version).json, extra: null, color: { red: 1 } }
    const read = Requirements.fromJson(version, odd)
    expect(read).toMatchObject({ extra: {}, json: odd })
  })
  test('a payment survives the way there and back', async () => {
    const sent = await payment(version)
    expect(Payment.decode(Payment.encode(sent))).toEqual(sent)
    expect(Exact.fromJson(sent.payload).authorization.value).toBe(10_000n)
    expect(sent.network).toBe(networkOf(version, 84_532))
  })
  test('a payment without a member that is required names it', async () => {
    const { json } = await payment(version)
    const names =
      version === 1 ? ['x402Version', 'scheme', 'network', 'payload'] : ['x402Version', 'accepted', 'payload']
    for (const name of names)
      expect(refusal(() => Payment.decode(header(without(json, name))))?.path).toBe(name)
  })
  test('requirements without a member that is required name it', () => {
    const { json } = requirements(version)
    const names = [
      'scheme',
      'network',
      version === 1 ? 'maxAmountRequired' : 'amount',
      'asset',
      'payTo',
      'maxTimeoutSeconds',
    ]
    for (const name of names)
      expect(refusal(() => Requirements.fromJson(version, without(json, name)))).toEqual({
        code: 'missing',
        path: name,
      })
  })
  test.each(['1e3', '-1', '0x10', '1.5', ' 1', '', '１', `${2n ** 256n}`])('no amount is %j', (text) => {
    const name = version === 1 ? 'maxAmountRequired' : 'amount'
    const { json } = requirements(version)
    expect(refusal(() => Requirements.fromJson(version, { ...json, [name]: text }))?.path).toBe(name)
  })
  test('requirements of the other version are not read as this one', () => {
    const other = version === 1 ? 2 : 1
    expect(code(() => Requirements.fromJson(version, requirements(other).json))).toBeDefined()
  })
})

describe('payload of exact', () => {
  const change = async (at: string, value: unknown) => {
    const { payload } = await payment(2)
    const { authorization } = payload as { authorization: JsonObject }
    return () =>
      Exact.fromJson(
        at === 'signature'
          ? { ...payload, signature: value }
          : { ...payload, authorization: { ...authorization, [at]: value } },
      )
  }
  test.each([
    ['signature', '0x'],
    ['signature', '0xzz'],
    ['signature', 5],
    ['from', '0x12'],
    ['to', undefined],
    ['value', '-1'],
    ['value', 10],
    ['validAfter', 'now'],
    ['validBefore', `${2n ** 256n}`],
    ['nonce', `0x${'1'.repeat(63)}`],
  ])('%s is not %j', async (at, value) => {
    expect(refusal(await change(at, value))?.path).toContain(at)
  })
  test('the domain comes from the requirements', () => {
    const { asset: address } = requirements(2)
    expect(Exact.domainOf(requirements(2))).toEqual({ address, name: 'USDC', version: '2' })
    expect(refusal(() => Exact.domainOf(requirements(2, { extra: { name: 'USDC' } })))).toEqual({
      code: 'missing',
      path: 'extra.version',
    })
    expect(refusal(() => Exact.domainOf(requirements(2, { asset: 'EUR' })))?.path).toBe('asset')
  })
})

describe('settlements', () => {
  test('survive the way there and back', () => {
    const settlement = { success: true, transaction: '0x12', network: 'eip155:1', payer: '0x34' }
    expect(Settlement.decode(Settlement.encode(settlement))).toEqual(settlement)
  })
  test('a failure has no transaction, an empty one, or null', () => {
    for (const rest of [{}, { transaction: '' }, { transaction: null, payer: null }])
      expect(
        Settlement.decode(header({ success: false, network: 'base', errorReason: 'x', ...rest })).success,
      ).toBe(false)
  })
})

describe('facilitators', () => {
  test('a request survives the way there and back', async () => {
    for (const version of versions) {
      const request = { payment: await payment(version), requirements: requirements(version) }
      expect(FacilitatorApi.decodeRequest(FacilitatorApi.encodeRequest(request))).toEqual(request)
    }
  })
  test('the version may be left out, but not be another', async () => {
    const { json: paymentPayload } = await payment(2)
    const body = { paymentPayload, paymentRequirements: requirements(2).json }
    expect(FacilitatorApi.decodeRequest(JSON.stringify(body)).payment.version).toBe(2)
    expect(
      refusal(() => FacilitatorApi.decodeRequest(JSON.stringify({ ...body, x402Version: 1 })))?.path,
    ).toBe('x402Version')
  })
  test('answers are read, and malformed ones refused', () => {
    expect(FacilitatorApi.decodeVerification('{"isValid":true,"payer":"0x1"}')).toMatchObject({
      isValid: true,
    })
    expect(code(() => FacilitatorApi.decodeVerification('{"isValid":"yes"}'))).toBe('wrong-type')
    expect(code(() => FacilitatorApi.decodeSettlement('{"success":true}'))).toBe('missing')
    expect(FacilitatorApi.decodeSupported('{"kinds":[]}').kinds).toEqual([])
    expect(code(() => FacilitatorApi.decodeSupported('<html>'))).toBe('bad-json')
  })
})

test('networks have names in v1 and numbers in v2', () => {
  expect(networkOf(1, 84_532)).toBe('base-sepolia')
  expect(networkOf(2, 84_532)).toBe('eip155:84532')
  expect(networkOf(1, 42_431)).toBe('eip155:42431')
  for (const name of ['base-sepolia', 'eip155:84532']) expect(chainIdOf(name)).toBe(84_532)
  for (const name of [
    'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp',
    'eip155:',
    'eip155:01',
    'eip155:1e3',
    '__proto__',
    '',
  ])
    expect(chainIdOf(name)).toBeUndefined()
})

describe('caps', () => {
  const padded = (length: number) => Base64.encode(JSON.stringify(required(2).json).padEnd((length / 4) * 3))
  test('a field is read up to its cap', () => {
    expect(padded(EncodedObject.maxFieldChars)).toHaveLength(EncodedObject.maxFieldChars)
    expect(code(() => Required.decode(padded(EncodedObject.maxFieldChars)))).toBeUndefined()
    expect(code(() => Required.decode(padded(EncodedObject.maxFieldChars + 4)))).toBe('too-large')
  })
  test('a body is read up to its cap', () => {
    const body = (length: number) => JSON.stringify(required(1).json).padEnd(length)
    expect(code(() => Required.decodeBody(body(Required.maxBodyChars)))).toBeUndefined()
    expect(code(() => Required.decodeBody(body(Required.maxBodyChars + 1)))).toBe('too-large')
    const verification = (length: number) => '{"isValid":true}'.padEnd(length)
    expect(
      code(() => FacilitatorApi.decodeVerification(verification(FacilitatorApi.maxBodyChars))),
    ).toBeUndefined()
    expect(code(() => FacilitatorApi.decodeVerification(verification(FacilitatorApi.maxBodyChars + 1)))).toBe(
      'too-large',
    )
  })
  test('so many ways to pay are read', () => {
    const many = (count: number) =>
      Required.from(
        2,
        resource,
        Array.from({ length: count }, () => requirements(2)),
      ).json
    expect(code(() => Required.fromJson(many(Required.maxAccepts)))).toBeUndefined()
    expect(code(() => Required.fromJson(many(Required.maxAccepts + 1)))).toBe('too-large')
  })
})

test('any change of a message gives a value or a DecodeError', async () => {
  const below = random(7)
  const samples = [
    ...(await Promise.all(versions.map((version) => payment(version)))).map(({ json }) => json),
    ...versions.map((version) => required(version).json),
    { success: true, transaction: '0x12', network: 'eip155:1', payer: '0x34' },
  ].map((value) => JSON.stringify(value))
  const decoders = [Payment.decode, Required.decode, Settlement.decode]
  const telling = ['"', '\\', '{', '}', 'null', '[]', '{}', '1e999', '"__proto__":1,', '\ud800', '0x', '-1']
  let values = 0
  for (let i = 0; i < 4_000; i++) {
    const text = samples[below(samples.length)] as string
    const at = below(text.length)
    const changed = text.slice(0, at) + telling[below(telling.length)] + text.slice(at + below(3))
    const field = below(4) === 0 ? changed : Base64.encode(changed)
    for (const decode of decoders)
      try {
        decode(field)
        values++
      } catch (error) {
        if (!(error instanceof DecodeError)) throw new Error(field, { cause: error })
      }
  }
  expect(values).toBeGreaterThan(10)
})

test('the order in which members stand is the order in which they are written', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-z]{1,6}$/), fc.string({ unit: 'grapheme' })),
      (object) => {
        const field = EncodedObject.encode(object)
        expect(EncodedObject.encode(EncodedObject.decode(field))).toBe(field)
      },
    ),
    { numRuns: 60 },
  )
})
