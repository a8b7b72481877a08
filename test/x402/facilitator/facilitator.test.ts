/** The reference facilitator on the memory chain: why it says no, and that money moves once. */
import { describe, expect, test } from 'vitest'
import { ChainClient } from '../../../src/chain/client.ts'
import { MemoryChain } from '../../../src/chain/memory/chain.ts'
import { type Rpc, RpcError } from '../../../src/chain/rpc.ts'
import type { Address, Hex } from '../../../src/codec/hex.ts'
import { pathUsd } from '../../../src/contracts/token.ts'
import { devAccounts } from '../../../src/keys/accounts.ts'
import { fastestCurve } from '../../../src/keys/native-curve.ts'
import * as Signature from '../../../src/keys/signature.ts'
import { facilitator } from '../../../src/x402/facilitator/facilitator.ts'
import { facilitatorHandler } from '../../../src/x402/facilitator/handle.ts'
import * as FacilitatorApi from '../../../src/x402/wire/facilitator-api.ts'
import { type Version, versions } from '../../../src/x402/wire/fields.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as PaymentIdentifier from '../../../src/x402/wire/payment-identifier.ts'
import type * as Requirements from '../../../src/x402/wire/requirements.ts'
import { asset, chainId, payee, payer, payment, requirements } from '../../support/x402/samples.ts'

const id = 'pay_0123456789abcdef'
const nonces = [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`] as const

const plain = async (version: Version) => ({
  payment: await payment(version),
  requirements: requirements(version),
})

/** A payment that its payer gave a name. */
const named = async (nonce: Hex) => {
  const asked = requirements(2)
  const { payload } = await payment(2, { nonce })
  const extensions = PaymentIdentifier.withId(PaymentIdentifier.advertise(), id)
  return { payment: Payment.from(asked, payload, { extensions }), requirements: asked }
}

function setUp(wrap: (rpc: Rpc) => Rpc = (rpc) => rpc) {
  const chain = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
    chainId,
  })
  const own = facilitator({ account: payee, chain: new ChainClient(wrap(chain), { receiptTimeoutMs: 50 }) })
  const handle = facilitatorHandler(own)
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const asked = new Request(`http://localhost${path}`, { method: 'POST', headers, body: text })
    const response = await handle(asked)
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  const balance = (account: Address) => chain.balance(account, asset)
  return { chain, own, handle, post, balance }
}

describe.each(versions)('v%i', (version) => {
  const request = async (overrides: Parameters<typeof payment>[1] = {}) => ({
    payment: await payment(version, overrides),
    requirements: requirements(version),
  })

  test('a good payment is verified without moving anything, then settled', async () => {
    const { own, balance, chain } = setUp()
    const { number } = chain.head
    expect(await own.verify(await request())).toEqual({ isValid: true, payer: payer.address })
    expect(chain.head.number).toBe(number)
    const before = [balance(payer.address), balance(payee.address)] as const
    const settled = await own.settle(await request())
    expect(settled).toMatchObject({
      success: true,
      network: requirements(version).network,
      payer: payer.address,
    })
    expect(settled.transaction).toMatch(/^0x[0-9a-f]{64}$/)
    expect([balance(payer.address), balance(payee.address)]).toEqual([
      before[0] - 10_000n,
      before[1] + 10_000n,
    ])
  })

  test('the same payment is settled once, in a row and at once', async () => {
    const { own, balance } = setUp()
    const before = balance(payee.address)
    const five = await Promise.all(Array.from({ length: 5 }, async () => own.settle(await request())))
    expect(five.filter(({ success }) => success)).toHaveLength(1)
    expect(five.find(({ success }) => !success)).toMatchObject({
      errorReason: 'invalid_transaction_state',
      transaction: five.find(({ success }) => success)?.transaction,
    })
    expect(await own.verify(await request())).toMatchObject({ invalidReason: 'invalid_transaction_state' })
    expect(balance(payee.address) - before).toBe(10_000n)
  })

  test.each<[string, Parameters<typeof payment>[1]]>([
    ['invalid_exact_evm_payload_recipient_mismatch', { to: pathUsd }],
    ['invalid_exact_evm_payload_authorization_value', { value: 9_999n }],
    ['invalid_exact_evm_payload_authorization_value', { value: 10_001n }],
    ['invalid_exact_evm_payload_authorization_valid_before', { validBefore: 1_000n }],
    ['invalid_exact_evm_payload_authorization_valid_after', { validAfter: 1_999_999_999n }],
    ['invalid_exact_evm_payload_signature', { from: payee.address }],
  ])('%s', async (reason, overrides) => {
    const { own, chain } = setUp()
    const { number } = chain.head
    expect(await own.verify(await request(overrides))).toMatchObject({
      isValid: false,
      invalidReason: reason,
    })
    expect(await own.settle(await request(overrides))).toMatchObject({ success: false, errorReason: reason })
    expect(chain.head.number).toBe(number)
  })

  test.each<[string, Partial<Requirements.Terms>]>([
    ['unsupported_scheme', { scheme: 'upto' }],
    ['invalid_network', { network: 'eip155:1' }],
    ['invalid_exact_evm_payload_recipient_mismatch', { payTo: payer.address }],
    ['invalid_exact_evm_payload_authorization_value', { amount: 20_000n }],
    ['invalid_exact_evm_payload_signature', { extra: { name: 'Other', version: '2' } }],
  ])('asked otherwise than signed: %s', async (reason, terms) => {
    const { own } = setUp()
    const asked = requirements(version, terms)
    expect(await own.verify({ payment: await payment(version), requirements: asked })).toMatchObject({
      isValid: false,
      invalidReason: reason,
    })
  })

  test('another token, and an address that is none', async () => {
    const { own } = setUp()
    const asked = requirements(version, { asset: payee.address })
    expect(await own.verify({ payment: await payment(version), requirements: asked })).toMatchObject({
      invalidReason: version === 1 ? 'invalid_exact_evm_payload_signature' : 'invalid_payment_requirements',
    })
    for (const other of [payee.address, pathUsd]) {
      const terms = { asset: other }
      const request = {
        payment: await payment(version, {}, terms),
        requirements: requirements(version, terms),
      }
      expect(await own.verify(request)).toMatchObject({ invalidReason: 'invalid_payment_requirements' })
    }
  })

  test('a poor payer, a malleated signature', async () => {
    const { own, chain } = setUp()
    chain.fund(payer.address, 9_999n, asset)
    expect(await own.verify(await request())).toMatchObject({ invalidReason: 'insufficient_funds' })
    chain.fund(payer.address, 10_000n, asset)
    const { payment: good, requirements: asked } = await request()
    const signature = Signature.decode(good.payload['signature'] as string)
    const high = Signature.encode(Signature.malleated(signature))
    const odd = Payment.from(asked, { ...good.payload, signature: high })
    expect(await own.verify({ payment: odd, requirements: asked })).toMatchObject({
      invalidReason: 'invalid_exact_evm_payload_signature',
    })
    expect(await own.verify({ payment: good, requirements: asked })).toMatchObject({ isValid: true })
  })
})

describe('a transaction whose outcome is not known', () => {
  /** A node that swallows receipts while told to. */
  function blind() {
    const state = { receipts: false, sent: 0 }
    const wrap = (rpc: Rpc): Rpc => ({
      async request(asked) {
        if (asked.method === 'eth_sendRawTransaction') state.sent++
        if (asked.method === 'eth_getTransactionReceipt' && !state.receipts) return null
        return rpc.request(asked)
      },
    })
    return { state, ...setUp(wrap) }
  }
  const request = async () => ({ payment: await payment(2), requirements: requirements(2) })
  /** The same authorization under another signature. */
  const forgedOf = ({ payment: own, requirements: asked }: Awaited<ReturnType<typeof request>>) =>
    Payment.from(asked, { ...own.payload, signature: `0x${'11'.repeat(65)}` })

  test('is pending, is not sent again, and is told when it is known', async () => {
    const { own, state, balance } = blind()
    const before = balance(payee.address)
    const first = await own.settle(await request())
    expect(first).toMatchObject({ success: false, errorReason: 'settlement_pending' })
    expect(await own.settle(await request())).toMatchObject({ errorReason: 'settlement_pending' })
    state.receipts = true
    expect(await own.settle(await request())).toMatchObject({ success: true, transaction: first.transaction })
    expect(await own.settle(await request())).toMatchObject({ success: false })
    expect(state.sent).toBe(1)
    expect(balance(payee.address) - before).toBe(10_000n)
  })

  test('is told to whoever asked first, not to whoever asks when it is known', async () => {
    const { own, state } = blind()
    const asked = await request()
    const forged = { ...asked, payment: forgedOf(asked) }
    expect(await own.settle({ ...asked, key: 'first' })).toMatchObject({ errorReason: 'settlement_pending' })
    state.receipts = true
    const used = { success: false, errorReason: 'invalid_transaction_state' }
    expect(await own.settle({ ...asked, key: 'second' })).toMatchObject(used)
    expect(await own.settle(asked)).toMatchObject(used)
    expect(await own.settle(forged)).toMatchObject(used)
    expect(await own.settle({ ...asked, key: 'first' })).toMatchObject({ success: true })
    expect(state.sent).toBe(1)
  })
  test('without a key it is told once, and not to who has one or another signature', async () => {
    const { own, state } = blind()
    const asked = await request()
    const forged = { ...asked, payment: forgedOf(asked) }
    await own.settle(asked)
    state.receipts = true
    expect(await own.settle({ ...asked, key: 'other' })).toMatchObject({ success: false })
    expect(await own.settle(forged)).toMatchObject({ success: false })
    expect(await own.settle(asked)).toMatchObject({ success: true })
    expect(await own.settle(asked)).toMatchObject({ success: false })
  })
})

test('another facilitator settles it between any two of its questions: one says so, the money moves once', async () => {
  const asked = { payment: await payment(2), requirements: requirements(2) }
  let between = 0
  for (let intervened = true; intervened; between++) {
    let seen = 0
    let theirs: Promise<{ success: boolean }> | undefined
    const { own, chain, balance } = setUp((rpc) => ({
      async request(question) {
        if (seen++ === between) {
          theirs = facilitator({ account: payer, chain: new ChainClient(chain) }).settle(asked)
          await theirs
        }
        return rpc.request(question)
      },
    }))
    const before = balance(payee.address)
    const ours = await own.settle(asked)
    intervened = theirs !== undefined
    if (!ours.success) expect(ours.errorReason).toBe('invalid_transaction_state')
    if (theirs !== undefined) expect([ours.success, (await theirs).success].sort()).toEqual([false, true])
    expect(balance(payee.address) - before).toBe(10_000n)
  }
  expect(between).toBeGreaterThan(5)
})

describe('payment identifiers', () => {
  test('the same payment is told as settled once, another one under its identifier is refused', async () => {
    const { own, balance, post } = setUp()
    const before = balance(payee.address)
    const answers = await Promise.all([
      own.settle(await named(nonces[0])),
      own.settle(await named(nonces[0])),
    ])
    expect(answers.filter(({ success }) => success)).toHaveLength(1)
    const other = await post('/settle', FacilitatorApi.encodeRequest(await named(nonces[1])))
    expect(other).toMatchObject({ status: 409, body: { success: false } })
    expect(balance(payee.address) - before).toBe(10_000n)
  })
  test('what failed may be tried again', async () => {
    const { own, chain } = setUp()
    chain.fund(payer.address, 0n, asset)
    for (const key of ['k', undefined]) {
      const asked = { ...(await named(nonces[0])), ...(key === undefined ? {} : { key }) }
      expect(await own.settle(asked)).toMatchObject({ errorReason: 'insufficient_funds' })
    }
    chain.fund(payer.address, 10_000n, asset)
    expect(await own.settle({ ...(await named(nonces[1])), key: 'k' })).toMatchObject({ success: true })
  })
})

describe.each([
  ['v1', () => plain(1)],
  ['v2', () => plain(2)],
  ['v2 with an identifier', () => named(nonces[0])],
])('keys, %s', (_, request) => {
  test('a settlement is told again to the key it was asked for with, and to no other', async () => {
    const { own, balance } = setUp()
    const before = balance(payee.address)
    const asked = await request()
    const four = await Promise.all(
      ['ours', 'theirs', 'ours', 'theirs'].map((key) => own.settle({ ...asked, key })),
    )
    expect(four.map(({ success }) => success)).toEqual([true, false, true, false])
    expect(four[2]).toEqual(four[0])
    const { transaction } = four[0] ?? {}
    for (const other of [four[1], four[3], await own.settle(asked)])
      expect(other).toMatchObject({ errorReason: 'invalid_transaction_state', transaction })
    expect(await own.settle({ ...asked, key: 'ours' })).toEqual(four[0])
    expect(balance(payee.address) - before).toBe(10_000n)
  })
  test('what was settled without a key is told to nobody again', async () => {
    const { own } = setUp()
    const asked = await request()
    expect(await own.settle(asked)).toMatchObject({ success: true })
    for (const keyed of [{}, { key: 'k' }])
      expect(await own.settle({ ...asked, ...keyed })).toMatchObject({ success: false })
  })
  test('a facilitator that forgot: the payment is used, and nobody is told more', async () => {
    const { own, chain, balance } = setUp()
    const before = balance(payee.address)
    const asked = { ...(await request()), key: 'k' }
    await own.settle(asked)
    const next = facilitator({ account: payee, chain: new ChainClient(chain) })
    expect(await next.settle(asked)).toMatchObject({
      success: false,
      errorReason: 'invalid_transaction_state',
      transaction: '',
    })
    expect(balance(payee.address) - before).toBe(10_000n)
  })
})

describe('keys over HTTP', () => {
  const body = async (nonce: Hex, terms: Partial<Requirements.Terms> = {}) => {
    const asked = requirements(2, terms)
    const { payload } = await payment(2, { nonce })
    return FacilitatorApi.encodeRequest({ payment: Payment.from(asked, payload), requirements: asked })
  }
  const under = (key: string) => ({ 'idempotency-key': key })

  test('a key that was used for another payment: 422, and nothing is lost', async () => {
    const { post, balance } = setUp()
    const before = balance(payee.address)
    const first = await post('/settle', await body(nonces[0]), under('k'))
    expect(first).toMatchObject({ status: 200, body: { success: true } })
    for (const other of [await body(nonces[1]), await body(nonces[0], { amount: 20_000n })])
      expect(await post('/settle', other, under('k'))).toMatchObject({
        status: 422,
        body: { success: false, errorReason: 'idempotency_key_conflict', transaction: '' },
      })
    expect(await post('/settle', await body(nonces[0]), under('"k"'))).toEqual(first)
    expect(balance(payee.address) - before).toBe(10_000n)
    expect(await post('/settle', await body(nonces[1]), under('l'))).toMatchObject({
      body: { success: true },
    })
  })
  test('two payments under one key at once: one is settled', async () => {
    const { post, balance } = setUp()
    const before = balance(payee.address)
    const bodies = await Promise.all(nonces.map((nonce) => body(nonce)))
    const statuses = await Promise.all(
      bodies.map(async (text) => (await post('/settle', text, under('k'))).status),
    )
    expect(statuses.sort()).toEqual([200, 422])
    expect(balance(payee.address) - before).toBe(10_000n)
  })
  test('a key of one payee is none of another', async () => {
    const { post } = setUp()
    await post('/settle', await body(nonces[0]), under('k'))
    const theirs = await post('/settle', await body(nonces[1], { payTo: payer.address }), under('k'))
    expect(theirs).toMatchObject({ status: 200, body: { success: false } })
  })
  test.each(['', '""', 'a b', 'a, b', '"open', 'ü', 'k'.repeat(256), 'k'.repeat(100_000)])(
    'a key that is none: %.20j',
    async (key) => {
      const { post, balance } = setUp()
      const before = balance(payee.address)
      expect(await post('/settle', await body(nonces[0]), under(key))).toMatchObject({
        status: 400,
        body: { success: false, errorReason: 'invalid_payload' },
      })
      expect(balance(payee.address)).toBe(before)
      expect(await post('/verify', await body(nonces[0]), under(key))).toMatchObject({ status: 200 })
    },
  )
})

describe('over HTTP', () => {
  test('says what it settles', async () => {
    const { handle } = setUp()
    const response = await handle(new Request('http://localhost/supported'))
    expect(FacilitatorApi.decodeSupported(await response.text())).toMatchObject({
      kinds: [
        { x402Version: 1, scheme: 'exact', network: 'base-sepolia' },
        { x402Version: 2, scheme: 'exact', network: 'eip155:84532' },
      ],
      signers: { 'eip155:*': [payee.address] },
    })
  })
  test('malformed bodies are the caller’s mistake, and nothing internal is told', async () => {
    const { post } = setUp()
    const good = JSON.parse(
      FacilitatorApi.encodeRequest({ payment: await payment(2), requirements: requirements(2) }),
    ) as { paymentPayload: Record<string, unknown>; paymentRequirements: Record<string, unknown> }
    const bad: [unknown, string][] = [
      ['', 'invalid_payload'],
      ['{', 'invalid_payload'],
      ['[]', 'invalid_payload'],
      [{}, 'invalid_payload'],
      [{ ...good, x402Version: 3 }, 'invalid_x402_version'],
      [{ ...good, paymentPayload: { ...good.paymentPayload, x402Version: 3 } }, 'invalid_x402_version'],
      [{ ...good, paymentPayload: { ...good.paymentPayload, payload: {} } }, 'invalid_payload'],
      [{ ...good, paymentRequirements: {} }, 'invalid_payment_requirements'],
      [
        { ...good, paymentRequirements: { ...good.paymentRequirements, extra: {} } },
        'invalid_payment_requirements',
      ],
    ]
    for (const [body, reason] of bad)
      for (const path of ['/verify', '/settle']) {
        const answer = await post(path, body)
        expect(answer.status).toBe(400)
        expect(answer.body).toMatchObject(
          path === '/verify'
            ? { isValid: false, invalidReason: reason }
            : { success: false, errorReason: reason, transaction: '' },
        )
      }
    expect((await post('/verify', ' '.repeat(1_048_577))).status).toBe(413)
  })
  test('other paths and methods', async () => {
    const { handle, post } = setUp()
    expect((await post('/constructor', '')).status).toBe(404)
    expect((await post('/supported', '')).status).toBe(405)
    expect((await handle(new Request('http://localhost/settle'))).headers.get('allow')).toBe('POST')
  })
  test('a chain that cannot be asked is told without its words', async () => {
    const { post } = setUp((rpc) => ({
      request: (asked) =>
        asked.method === 'eth_chainId' ? rpc.request(asked) : Promise.reject(new RpcError(-32_000, 'secret')),
    }))
    const body = FacilitatorApi.encodeRequest({ payment: await payment(2), requirements: requirements(2) })
    expect(await post('/verify', body)).toEqual({
      status: 503,
      body: { isValid: false, invalidReason: 'unexpected_verify_error' },
    })
    expect(await post('/settle', body)).toMatchObject({
      status: 503,
      body: { success: false, errorReason: 'unexpected_settle_error' },
    })
  })
})
