/** The payer's side against servers that mean it no good: nothing is signed beyond what it agreed to. */
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../../../src/codec/decode-error.ts'
import { agree, PolicyError } from '../../../src/mpp/client/policy.ts'
import { session } from '../../../src/mpp/client/session.ts'
import * as Challenge from '../../../src/mpp/wire/challenge.ts'
import * as Events from '../../../src/mpp/wire/events.ts'
import * as SessionRequest from '../../../src/mpp/wire/session-request.ts'
import { collect, newChain, payer, startKit } from '../../support/kit.ts'
import { address, terms, token } from '../../support/samples.ts'

const challenge = (change: Partial<SessionRequest.SessionRequest> = {}, details: object = {}) => ({
  id: 'x',
  realm: 'r',
  method: 'tempo',
  intent: 'session',
  request: SessionRequest.encode({
    ...terms,
    ...change,
    methodDetails: { ...terms.methodDetails, ...details },
  }),
  expires: '2030-01-01T00:00:00Z',
})
const policy = { chainId: 42431, maxDeposit: 100_000n, currencies: [token] }
const codeOf = (run: () => unknown) => {
  try {
    run()
    return undefined
  } catch (error) {
    if (error instanceof PolicyError) return error.code
    throw error
  }
}

describe('policy', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  test.each<[string, ReturnType<typeof challenge>, object?]>([
    ['expired-challenge', { ...challenge(), expires: '2025-01-01T00:00:00Z' }],
    ['wrong-protocol', challenge({}, { sessionProtocol: 'v1' })],
    ['wrong-chain', challenge({}, { chainId: 1 })],
    ['wrong-chain', challenge({}, { chainId: undefined })],
    ['unknown-escrow', challenge({}, { escrowContract: address('99') })],
    ['unknown-currency', challenge({ currency: address('98') })],
    ['unexpected-recipient', challenge(), { recipients: [address('97')] }],
    ['over-budget', challenge({ amount: 100_001n })],
  ])('%s', (expected, asked, more = {}) => {
    expect(codeOf(() => agree(asked, { ...policy, ...more }, now))).toBe(expected)
  })
  test('a lawful challenge is agreed to', () => expect(agree(challenge(), policy, now)).toEqual(terms))

  test('the reserve holds v2 channels, named or not', () =>
    expect(agree(challenge({}, { sessionProtocol: undefined }), policy, now)).toMatchObject({
      amount: 1000n,
    }))
})

describe('a hostile server', () => {
  /** A session whose fetch sees the stream's text changed; every payload it sends is kept. */
  async function against(change: (frame: string) => string) {
    const kit = await startKit()
    const sent: string[] = []
    const pay = kit.session({
      fetch: async (input, init) => {
        const field = new Headers(init?.headers).get('authorization')
        if (field !== null) sent.push(Buffer.from(field.slice(8), 'base64url').toString())
        const response = await fetch(input, init)
        if (!response.headers.get('content-type')?.startsWith('text/event-stream') || response.body === null)
          return response
        const text = new TransformStream<Uint8Array, Uint8Array>({
          transform: (chunk, controller) =>
            controller.enqueue(new TextEncoder().encode(change(new TextDecoder().decode(chunk)))),
        })
        return new Response(response.body.pipeThrough(text), response)
      },
    })
    const amounts = () =>
      sent.map((text) =>
        BigInt(
          (JSON.parse(text) as { payload: { cumulativeAmount?: string } }).payload.cumulativeAmount ?? 0,
        ),
      )
    return { kit, pay, amounts }
  }
  const asks = (change: (data: Record<string, string>) => object) => (frame: string) =>
    frame.replace(
      /event: payment-need-voucher\ndata: (.*)\n\n/,
      (_, data: string) =>
        `event: ${Events.needVoucherEvent}\ndata: ${JSON.stringify(change(JSON.parse(data) as Record<string, string>))}\n\n`,
    )

  test.each<[string, (frame: string) => string, string]>([
    [
      'asks for everything after one unit',
      asks((data) => ({ ...data, requiredCumulative: '1000000' })),
      'beyond-delivery',
    ],
    ['asks for two units more', asks((data) => ({ ...data, requiredCumulative: '3000' })), 'beyond-delivery'],
    [
      'asks for another channel',
      asks((data) => ({ ...data, channelId: `0x${'12'.repeat(32)}` })),
      'foreign-channel',
    ],
  ])('%s', async (_, change, expected) => {
    const { kit, pay, amounts } = await against(change)
    await using _kit = kit
    await expect(collect(pay.sse(kit.url))).rejects.toMatchObject({ name: 'PolicyError', code: expected })
    expect(amounts().every((amount) => amount <= 1000n)).toBe(true)
    expect(await pay.close()).toMatchObject({ spent: 1000n })
  })

  test('a receipt that claims more than was signed is not believed', async () => {
    const { kit, pay } = await against((frame) => frame.replace(/"spent":"\d+"/, '"spent":"99000000"'))
    await using _kit = kit
    await expect(collect(pay.sse(kit.url))).rejects.toMatchObject({ code: 'overcharged' })
    await pay.close()
  })

  test('a malformed question is an error, not a payment', async () => {
    const { kit, pay } = await against(asks(() => ({ requiredCumulative: 5 })))
    await using _kit = kit
    await expect(collect(pay.sse(kit.url))).rejects.toMatchObject({
      name: 'ServerError',
      code: 'malformed-event',
    })
    await pay.close()
  })

  test.each([
    ['no challenge', ''],
    ['another scheme', 'Bearer realm="x"'],
    ['a malformed header', 'Payment id="'],
    ['a field no client may use', Challenge.encode({ ...challenge(), header: 'Cookie' })],
    ['another method', Challenge.encode({ ...challenge(), method: 'stripe' })],
  ])('402 with %s: nothing is signed', async (_, field) => {
    let requests = 0
    const pay = session({
      account: { ...payer, sign: () => Promise.reject(new Error('nothing may be signed')) },
      chain: newChain(),
      maxDeposit: '1',
      fetch: async () => {
        requests++
        return new Response(null, { status: 402, headers: field === '' ? {} : { 'www-authenticate': field } })
      },
    })
    await expect(pay.fetch('http://server.test/')).rejects.toMatchObject({ code: 'no-usable-challenge' })
    expect(requests).toBe(1)
  })

  test('a good challenge beside a broken one is answered', async () => {
    await using kit = await startKit()
    const pay = kit.session({
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        const headers = new Headers(response.headers)
        if (response.status === 402)
          headers.set('www-authenticate', `Payment realm="no id", ${headers.get('www-authenticate')}`)
        return new Response(response.body, { status: response.status, headers })
      },
    })
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    await pay.close()
  })
})

describe('one channel', () => {
  test('an open whose answer got lost is sent again, not paid again', async () => {
    await using kit = await startKit()
    let lost = false
    const pay = kit.session({
      fetch: async (input, init) => {
        const response = await fetch(input, init)
        if (!lost && new Headers(init?.headers).has('authorization')) {
          lost = true
          await response.body?.cancel()
          throw new TypeError('fetch failed')
        }
        return response
      },
    })
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(pay.events.filter(({ type }) => type === 'open')).toHaveLength(1)
    await pay.close()
    expect(kit.chain.balance('0x4d50500000000000000000000000000000000000')).toBe(0n)
  })

  test('a refused open is reported once and leaves nothing to close', async () => {
    await using kit = await startKit(undefined, { minDeposit: 10_000_000n })
    const pay = kit.session()
    await expect(pay.fetch(`${kit.server.url}/line`)).rejects.toMatchObject({
      name: 'PaymentRefused',
      status: 402,
    })
    expect(await pay.close()).toBeUndefined()
    expect(kit.chain.head.number).toBe(0)
  })

  test('an expired challenge is replaced, with the same channel', async () => {
    let now = Date.now()
    await using kit = await startKit(undefined, { clock: () => now, challengeTtlSeconds: 60 })
    const pay = kit.session()
    await pay.fetch(`${kit.server.url}/line`)
    now += 61_000
    expect((await pay.fetch(`${kit.server.url}/line`)).status).toBe(200)
    expect(await pay.close()).toMatchObject({ spent: 2000n })
    expect(pay.events.filter(({ type }) => type === 'open')).toHaveLength(1)
  })

  test('the budget holds: fetch and top-up stop there', async () => {
    await using kit = await startKit()
    const pay = kit.session({ maxDeposit: '0.002' })
    await pay.fetch(`${kit.server.url}/line`)
    await pay.fetch(`${kit.server.url}/line`)
    await expect(pay.fetch(`${kit.server.url}/line`)).rejects.toMatchObject({ code: 'over-budget' })
    await expect(pay.topUp('a little')).rejects.toThrow(DecodeError)
    await expect(pay.topUp('0.001')).rejects.toMatchObject({ code: 'over-budget' })
    expect(await pay.close()).toMatchObject({ spent: 2000n })
    expect(await pay.close()).toBeUndefined()
  })

  test('a top-up by hand', async () => {
    await using kit = await startKit()
    const pay = kit.session()
    await pay.fetch(`${kit.server.url}/line`)
    await pay.topUp('0.010')
    expect(pay.channel?.deposit).toBe(50_000n)
    await pay.close()
    await expect(pay.topUp('0.010')).rejects.toThrow('no channel')
  })

  test('what is free is not paid for', async () => {
    await using kit = await startKit(() => async () => new Response('free'))
    const pay = kit.session()
    expect(await (await pay.fetch(kit.url)).text()).toBe('free')
    expect(pay.channel).toBeUndefined()
  })
})
