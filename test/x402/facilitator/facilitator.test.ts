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
import { versions } from '../../../src/x402/wire/fields.ts'
import * as Payment from '../../../src/x402/wire/payment.ts'
import * as PaymentIdentifier from '../../../src/x402/wire/payment-identifier.ts'
import type * as Requirements from '../../../src/x402/wire/requirements.ts'
import { asset, chainId, payee, payer, payment, requirements } from '../../support/x402/samples.ts'

const id = 'pay_0123456789abcdef'

function setUp(wrap: (rpc: Rpc) => Rpc = (rpc) => rpc) {
  const chain = new MemoryChain({
    funded: devAccounts.map(({ address }) => address),
    recoverKey: fastestCurve,
    chainId,
  })
  const own = facilitator({ account: payee, chain: new ChainClient(wrap(chain), { receiptTimeoutMs: 50 }) })
  const handle = facilitatorHandler(own)
  const post = async (path: string, body: unknown) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await handle(new Request(`http://localhost${path}`, { method: 'POST', body: text }))
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
      transaction: '',
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
  const request = async (nonce: Hex, amount = 10_000n) => {
    const asked = requirements(2, { amount })
    const { payload } = await payment(2, { nonce, value: amount })
    const extensions = PaymentIdentifier.withId(PaymentIdentifier.advertise(), id)
    return { payment: Payment.from(asked, payload, { extensions }), requirements: asked }
  }
  const nonces = [`0x${'01'.repeat(32)}`, `0x${'02'.repeat(32)}`] as const

  test('the same payment gets the same answer, another one is refused', async () => {
    const { own, balance, post } = setUp()
    const before = balance(payee.address)
    const answers = await Promise.all([
      own.settle(await request(nonces[0])),
      own.settle(await request(nonces[0])),
    ])
    expect(answers[0]).toMatchObject({ success: true })
    expect(answers[1]).toEqual(answers[0])
    const other = await post('/settle', FacilitatorApi.encodeRequest(await request(nonces[1])))
    expect(other).toMatchObject({ status: 409, body: { success: false } })
    expect(balance(payee.address) - before).toBe(10_000n)
  })
  test('what failed may be tried again', async () => {
    const { own, chain } = setUp()
    chain.fund(payer.address, 0n, asset)
    expect(await own.settle(await request(nonces[0]))).toMatchObject({ errorReason: 'insufficient_funds' })
    chain.fund(payer.address, 10_000n, asset)
    expect(await own.settle(await request(nonces[0]))).toMatchObject({ success: true })
  })
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
