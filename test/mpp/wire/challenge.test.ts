/** Challenges, their binding, credentials, receipts, problems, payloads and events on the wire. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as Base64url from '../../../src/codec/base64url.ts'
import * as Binding from '../../../src/mpp/wire/binding.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as Credential from '../../../src/mpp/wire/credential.ts'
import * as Events from '../../../src/mpp/wire/events.ts'
import * as Payload from '../../../src/mpp/wire/payload.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import * as SessionRequest from '../../../src/mpp/wire/session-request.ts'
import * as Source from '../../../src/mpp/wire/source.ts'
import { code } from '../../support/codes.ts'
import { bytes32, descriptor, terms } from '../../support/samples.ts'

const secret = 'a secret that has at least 32 bytes'
const bound = {
  realm: 'api.example.com',
  method: 'tempo',
  intent: 'session',
  request: SessionRequest.encode(terms),
  expires: '2026-01-06T12:05:00Z',
}
const issued = Binding.issue(
  { ...bound, opaque: Challenge.encodeObject({ order: '1' }), description: 'a "poem"' },
  secret,
)

describe('challenge', () => {
  test('what is written is read back', () => {
    expect(Challenge.decode(Challenge.encode(issued))).toEqual([issued])
    expect(
      Challenge.decode([Challenge.encode(issued), 'Bearer realm="x"', Challenge.encode(issued)]),
    ).toHaveLength(2)
  })

  const altered = (change: Record<string, string | undefined>) => {
    const fields = { ...issued, ...change }
    const list = Object.entries(fields).filter(([, value]) => value !== undefined)
    return `Payment ${list.map(([name, value]) => `${name}="${String(value).replace(/"/g, '\\"')}"`).join(', ')}`
  }
  test.each<[string, Record<string, string | undefined>, string]>([
    ['no id', { id: undefined }, 'missing'],
    ['empty id', { id: '' }, 'empty'],
    ['no realm', { realm: undefined }, 'missing'],
    ['upper-case method', { method: 'Tempo' }, 'bad-value'],
    ['intent with a space', { intent: 'a b' }, 'bad-value'],
    ['no request', { request: undefined }, 'missing'],
    ['padded request', { request: `${bound.request}=` }, 'bad-padding'],
    ['request that is no object', { request: Base64url.encode('[]') }, 'wrong-type'],
    ['request that is no JSON', { request: Base64url.encode('{') }, 'bad-json'],
    ['request that is no UTF-8', { request: Base64url.encode(new Uint8Array([0xff])) }, 'bad-utf8'],
    ['expires in words', { expires: 'soon' }, 'bad-syntax'],
    ['opaque that is no base64url', { opaque: 'trace-123' }, 'bad-length'],
    ['opaque with a number', { opaque: Base64url.encode('{"a":1}') }, 'wrong-type'],
    ['huge request', { request: 'A'.repeat(Challenge.maxValueChars + 1) }, 'too-large'],
  ])('%s is refused', (_, change, expected) => {
    expect(code(() => Challenge.decode(altered(change)))).toBe(expected)
  })

  test('unknown parameters are ignored, other schemes skipped', () => {
    expect(Challenge.decode(altered({ colour: 'blue' }))).toEqual([issued])
    expect(Challenge.decode('Basic realm="x"')).toEqual([])
  })

  test('the field a credential goes in', () => {
    expect(Challenge.credentialField({})).toBe('Authorization')
    expect(Challenge.credentialField({ header: 'payment-authorization' })).toBe('Payment-Authorization')
    expect(Challenge.credentialField({ header: 'Cookie' })).toBeUndefined()
    expect(Challenge.credentialField({ header: 'Authorization' })).toBeUndefined()
  })

  test('expires at the moment it says', () => {
    const at = Date.parse('2026-01-06T12:05:00Z')
    expect(Challenge.isExpired(issued, at - 1)).toBe(false)
    expect(Challenge.isExpired(issued, at)).toBe(true)
  })
})

describe('binding', () => {
  test('verifies what was issued, under any current secret', () => {
    expect(Binding.verify(issued, secret)).toBeUndefined()
    expect(Binding.verify(issued, ['another secret, also of 32 bytes', secret])).toBeUndefined()
    expect(Binding.verify({ ...issued, description: 'another text' }, secret)).toBeUndefined()
  })

  test('any altered, added or dropped parameter is refused', () => {
    const names = ['id', 'realm', 'method', 'intent', 'request', 'expires', 'opaque'] as const
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ minLength: 1 }), (name, text) => {
        expect(Binding.verify({ ...issued, [name]: `${issued[name]}${text}` }, secret)?.problem).toBe(
          'invalid-challenge',
        )
      }),
    )
    for (const name of ['expires', 'opaque'] as const) {
      const { [name]: _, ...dropped } = issued
      expect(Binding.verify(dropped, secret)).toBeDefined()
    }
    expect(Binding.verify({ ...issued, header: 'Payment-Authorization' }, secret)).toBeDefined()
    expect(Binding.verify({ ...issued, digest: 'sha-256=:AAAA:' }, secret)).toBeDefined()
    expect(Binding.verify(issued, 'another secret, also of 32 bytes')).toBeDefined()
  })

  test('text cannot be moved across slots (CORE-BIND-018)', () => {
    const withHeader = Binding.issue(
      { ...bound, header: 'Payment-Authorization', opaque: Challenge.encodeObject({ a: 'b' }) },
      secret,
    )
    const { header: _, ...dropped } = withHeader
    const moved = { ...dropped, opaque: `Payment-Authorization|${withHeader.opaque}` }
    expect(Binding.id(moved, secret)).toBe(withHeader.id)
    expect(Binding.verify(moved, secret)).toBeDefined()
  })

  test('nothing ambiguous is issued', () => {
    expect(code(() => Binding.issue({ ...bound, realm: 'a|b' }, secret))).toBe('bad-character')
    expect(code(() => Binding.issue({ ...bound, header: 'Cookie' }, secret))).toBe('bad-value')
    expect(code(() => Binding.issue({ ...bound, digest: 'sha-256=abc' }, secret))).toBe('bad-syntax')
  })
})

describe('credential', () => {
  const payload = { action: 'voucher', channelId: bytes32('ab'), cumulativeAmount: '3000', signature: '0x11' }
  test('what is written is read back, the echo untouched', () => {
    const credential = {
      challenge: issued,
      source: Source.encode({ chainId: 42431, address: `0x${'11'.repeat(20)}` }),
      payload,
    }
    const field = Credential.encode(credential)
    expect(Credential.decode(field)).toEqual(credential)
    expect(Credential.decode(field.replace('Payment', 'PAYMENT'))).toEqual(credential)
    expect(Credential.decode(field).challenge.request).toBe(issued.request)
  })
  test.each([
    ['padding', 'Payment e30=', 'bad-padding'],
    ['no JSON', `Payment ${Base64url.encode('{')}`, 'bad-json'],
    ['no object', `Payment ${Base64url.encode('[]')}`, 'wrong-type'],
    ['no challenge', `Payment ${Base64url.encode('{"payload":{}}')}`, 'missing'],
    [
      'payload a list',
      `Payment ${Base64url.encode(JSON.stringify({ challenge: issued, payload: [] }))}`,
      'wrong-type',
    ],
    ['another scheme', 'Bearer abc', 'wrong-scheme'],
    ['two credentials', 'Payment e30, Payment e30', 'bad-syntax'],
    ['parameters', 'Payment a="b"', 'bad-syntax'],
    ['nothing', '', 'wrong-scheme'],
    ['duplicate members', `Payment ${Base64url.encode('{"payload":{},"payload":{}}')}`, 'duplicate-key'],
    ['too much', `Payment ${'A'.repeat(Credential.maxCredentialChars)}`, 'too-large'],
  ])('%s is refused', (_, field, expected) => {
    expect(code(() => Credential.decode(field))).toBe(expected)
  })
})

describe('receipt', () => {
  const receipt = Receipt.from({
    timestamp: '2026-01-06T12:08:30Z',
    challengeId: issued.id,
    channelId: bytes32('6d'),
    acceptedCumulative: 250_000n,
    spent: 237_500n,
    units: 500,
  })
  test('what is written is read back; unknown members are kept', () => {
    expect(Receipt.decode(Receipt.encode(receipt))).toEqual(receipt)
    expect(Receipt.fromJson({ ...Receipt.toJson(receipt), later: 1 })).toMatchObject({ later: 1 })
    expect(Receipt.toJson(receipt)).toMatchObject({
      reference: bytes32('6d'),
      spent: '237500',
      status: 'success',
    })
    expect(Receipt.decodeCore(Receipt.encode(receipt)).status).toBe('success')
  })
  test.each([
    ['status', 'failed', 'bad-value'],
    ['spent', 237500, 'wrong-type'],
    ['spent', '-1', 'bad-syntax'],
    ['channelId', '0x12', 'bad-length'],
    ['timestamp', 'now', 'bad-syntax'],
    ['units', -1, 'out-of-range'],
    ['units', 1.5, 'wrong-type'],
  ])('%s %s is refused', (name, value, expected) => {
    expect(code(() => Receipt.fromJson({ ...Receipt.toJson(receipt), [name]: value }))).toBe(expected)
  })
  test('says which member is wrong', () => {
    expect(() => Receipt.fromJson({ ...Receipt.toJson(receipt), spent: 'x' })).toThrowError(
      expect.objectContaining({ path: ['spent'] }) as Error,
    )
  })
  test('as an event, on one line', () => {
    expect(Events.encodeReceipt(receipt)).toMatch(/^event: payment-receipt\ndata: \{.*\}\n\n$/)
    const asked = { acceptedCumulative: 3n, channelId: bytes32('6d'), deposit: 10n, requiredCumulative: 4n }
    const frame = Events.encodeNeedVoucher(asked)
    expect(Events.decodeNeedVoucher(frame.slice(frame.indexOf('data: ') + 6))).toEqual(asked)
    expect(code(() => Events.decodeNeedVoucher('{"deposit":"1"}'))).toBe('missing')
  })
})

describe('problem', () => {
  test.each(Object.keys(Problem.table) as Problem.ProblemSlug[])('%s', (slug) => {
    const problem = Problem.from(Problem.refuse(slug, 'why', { requiredTopUp: '5' }), 'id')
    expect(problem).toMatchObject({
      status: Problem.table[slug].status,
      detail: 'why',
      challengeId: 'id',
      requiredTopUp: '5',
    })
    expect(Problem.slug(Problem.decode(Problem.encode(problem)))).toBe(slug)
  })
  test('other types have no slug', () => {
    expect(Problem.slug({ type: 'about:blank' })).toBeUndefined()
    expect(Problem.slug({ type: `${Problem.base}toString` })).toBeUndefined()
  })
})

describe('payload and request', () => {
  const voucher = {
    action: 'voucher',
    channelId: bytes32('ab'),
    descriptor,
    cumulativeAmount: '3000',
    signature: `0x${'11'.repeat(65)}`,
  }
  test('mixed case is lowered, unknown members are kept', () => {
    const upper = { ...voucher, channelId: `0x${'AB'.repeat(32)}`, later: true }
    expect(Payload.fromJson(upper)).toMatchObject({
      channelId: bytes32('ab'),
      cumulativeAmount: 3000n,
      later: true,
    })
    expect(Payload.toJson(Payload.fromJson(voucher))).toEqual(voucher)
  })
  test.each([
    ['action', 'refund', 'bad-value'],
    ['action', 'Voucher', 'bad-value'],
    ['cumulativeAmount', 3000, 'wrong-type'],
    ['cumulativeAmount', '3e3', 'bad-syntax'],
    ['cumulativeAmount', (2n ** 128n).toString(), 'out-of-range'],
    ['signature', undefined, 'missing'],
    ['signature', '0x', 'empty'],
    ['descriptor', {}, 'missing'],
    ['channelId', '0xzz', 'bad-character'],
  ])('%s %s is refused', (name, value, expected) => {
    expect(code(() => Payload.fromJson({ ...voucher, [name]: value }))).toBe(expected)
  })
  test('open and topUp need their transaction', () => {
    expect(code(() => Payload.fromJson({ ...voucher, action: 'open', type: 'transaction' }))).toBe('missing')
    expect(
      code(() => Payload.fromJson({ ...voucher, action: 'topUp', type: 'hash', transaction: '0x76' })),
    ).toBe('bad-value')
  })
  test('requests round-trip and default to v1', () => {
    expect(SessionRequest.decode(SessionRequest.encode(terms))).toEqual(terms)
    expect(SessionRequest.protocol(terms)).toBe('v2')
    expect(SessionRequest.protocol({ ...terms, methodDetails: { escrowContract: terms.currency } })).toBe(
      'v1',
    )
  })
  test('sources', () => {
    expect(Source.decode(`did:pkh:eip155:1:0x${'AB'.repeat(20)}`)).toEqual({
      chainId: 1,
      address: `0x${'ab'.repeat(20)}`,
    })
    for (const text of [
      'did:pkh:eip155:01:0x',
      `did:pkh:eip155:0:0x${'ab'.repeat(20)}`,
      'did:key:x',
      '',
      `did:pkh:eip155:9999999999999999:0x${'ab'.repeat(20)}`,
    ])
      expect(code(() => Source.decode(text))).toBeDefined()
  })
})
