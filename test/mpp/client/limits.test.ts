/** Every wait has an end and every read a size; what a server does wrong has a code (issue 14, 1 to 4). */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { defaultLimits, retryAfterMs } from '../../../src/http/limits.ts'
import { session } from '../../../src/mpp/client/session.ts'
import { words } from '../../../src/mpp/server/example/text.ts'
import {
  against,
  challengeFor,
  eventStream,
  type FakePayee,
  fakePayee,
  paidFor,
  payable,
  price,
} from '../../support/fake-payee.ts'
import { collect, newChain, payer, startKit } from '../../support/kit.ts'
import { address } from '../../support/samples.ts'

const url = 'http://payee.test/poem'

describe('a server that asks to wait', () => {
  const status = (code: number, after?: string) =>
    new Response(null, { status: code, headers: after === undefined ? {} : { 'retry-after': after } })

  test.each([
    [429, '2', 2_000],
    [503, ' 0 ', 0],
    [503, undefined, undefined],
    [429, new Date(Date.UTC(2026, 0, 1, 0, 0, 7)).toUTCString(), 7_000],
    [429, new Date(Date.UTC(2025, 0, 1)).toUTCString(), 0],
    [429, 'soon', undefined],
  ])('%i, Retry-After: %s', (code, after, pause) => {
    expect(retryAfterMs(status(code, after), Date.UTC(2026, 0, 1))).toBe(pause)
  })

  test('a voucher is put off, not given up: the stream is read whole', async () => {
    const waits: number[] = []
    const vouchers: string[] = []
    let count = 0
    await using kit = await startKit()
    const pay = kit.session({
      sleep: async (ms) => void waits.push(ms),
      fetch: async (input, init) => {
        if (init?.method !== 'HEAD') return fetch(input, init)
        vouchers.push(new Headers(init.headers).get('authorization') ?? '')
        return ++count % 3 === 0 ? fetch(input, init) : status(count % 2 === 0 ? 429 : 503, '2')
      },
    })
    expect(await collect(pay.sse(kit.url))).toHaveLength(words.length)
    expect(await pay.close()).toMatchObject({ spent: 58_000n, acceptedCumulative: 58_000n })
    expect(new Set(waits)).toEqual(new Set([2_000]))
    // Each of the 57 was sent three times, byte for byte.
    expect(vouchers).toHaveLength(3 * 57)
    expect(new Set(vouchers).size).toBe(57)
  })

  test.each([
    ['longer than there is patience for', '61'],
    ['for ever', '20'],
    ['for ever, each time for nothing', '0'],
    ['for ever, until a time that is over', 'Thu, 01 Jan 1970 00:00:00 GMT'],
  ])('%s is told', async (_, after) => {
    let waited = 0
    const payee: FakePayee = fakePayee((seen) => {
      if (seen.method === 'HEAD') return status(503, after)
      if (seen.payload === undefined) return undefined
      return eventStream(function* () {
        yield 'data: one\n\n'
        yield payee.ask(2n * price)
      })
    })
    const sleep = async (ms: number) => {
      waited += ms
    }
    const pay = against(payee, { sleep })
    await expect(collect(pay.sse(url))).rejects.toMatchObject({ name: 'PaymentRefused', status: 503 })
    expect(waited).toBeLessThanOrEqual(defaultLimits.patienceMs)
    expect(payee.seen.length).toBeLessThan(300)
  })
})

describe('several challenges', () => {
  const unpayable = [
    ['another chain', challengeFor({}, { chainId: 1 })],
    ['another token', challengeFor({ currency: address('24') })],
    ['expired', challengeFor({}, {}, { expires: '2020-01-01T00:00:00Z' })],
    ['v1', challengeFor({}, { sessionProtocol: 'v1', escrowContract: address('25') })],
    ['another escrow', challengeFor({}, { escrowContract: address('25') })],
    ['too dear', challengeFor({ amount: 10n ** 9n })],
    ['a large delta', challengeFor({}, { minVoucherDelta: 10n ** 9n })],
    ['a request that is none', { ...challengeFor(), request: 'e30' }],
    ['another intent', { ...challengeFor(), intent: 'charge' }],
    ['another method', { ...challengeFor(), method: 'stripe' }],
  ] as const

  test.each(unpayable)('the payable one behind one for %s is answered', async (_, first) => {
    const payee = fakePayee((seen) =>
      seen.payload === undefined ? payable([first, { ...challengeFor(), id: 'payable' }]) : undefined,
    )
    expect((await against(payee).fetch(url)).status).toBe(200)
    expect(payee.seen.at(-1)?.challenge?.id).toBe('payable')
  })

  test('behind all of them, in repeated fields of a real server', async () => {
    let paid = ''
    const server = createServer((request, response) => {
      const fields = [...unpayable.map(([, one]) => one), { ...challengeFor(), id: 'payable' }]
      paid = request.headers.authorization ?? ''
      const answer = payable(fields)
      // One field for each challenge.
      response.writeHead(paid === '' ? 402 : 200, {
        'www-authenticate': fields.map((one) => payable(one).headers.get('www-authenticate') ?? ''),
      })
      response.end(answer.status === 402 ? 'content' : '')
    })
    await using at = await listening(server)
    const pay = session({ account: payer, chain: newChain(), maxDeposit: '1' })
    expect((await pay.fetch(at.url)).status).toBe(200)
    expect(Buffer.from(paid.slice(8), 'base64url').toString()).toContain('"id":"payable"')
  })

  test('none of them: the first one’s reason is told', async () => {
    const payee = fakePayee(() => payable(unpayable.slice(0, 5).map(([, one]) => one)))
    await expect(against(payee).fetch(url)).rejects.toMatchObject({ code: 'wrong-chain' })
    expect(payee.signed()).toBe(0n)
  })
})

describe('what a server does wrong', () => {
  test('402 without a challenge after a payment keeps its problem', async () => {
    const payee = fakePayee((seen) => {
      if (seen.payload === undefined) return undefined
      const { status, body } = payable(challengeFor(), 'session/invalid-signature')
      return new Response(body, { status })
    })
    await expect(against(payee).fetch(url)).rejects.toMatchObject({
      name: 'PaymentRefused',
      code: 'refused',
      status: 402,
      problem: { type: expect.stringContaining('invalid-signature') },
    })
  })

  test.each<[string, (payee: () => FakePayee) => Response, string]>([
    ['no stream', () => new Response('text'), 'no-stream'],
    [
      'a malformed question',
      () => eventStream(() => ['event: payment-need-voucher\ndata: {}\n\n']),
      'malformed-event',
    ],
    [
      'a malformed receipt event',
      () => eventStream(() => ['event: payment-receipt\ndata: 1\n\n']),
      'malformed-event',
    ],
    [
      'a malformed receipt',
      () => new Response('x', { headers: { 'payment-receipt': '?' } }),
      'malformed-receipt',
    ],
    ['a receipt that claims too much', (payee) => paidFor({ ...payee().receipt(10n ** 9n) }), 'overcharged'],
    [
      'a receipt for another channel',
      (payee) => paidFor({ ...payee().receipt(1n), channelId: `0x${'13'.repeat(32)}` }),
      'foreign-channel',
    ],
  ])('%s has a code', async (_, answer, code) => {
    const payee: FakePayee = fakePayee((seen) =>
      seen.payload === undefined ? undefined : answer(() => payee),
    )
    await expect(collect(against(payee).sse(url))).rejects.toMatchObject({ code })
    expect(payee.signed()).toBe(price)
  })

  test('a question that never ends is answered for a while, and then declined', async () => {
    const payee: FakePayee = fakePayee((seen) => {
      if (seen.method === 'HEAD') return paidFor(payee.receipt(0n))
      if (seen.payload === undefined) return undefined
      return eventStream(function* () {
        yield 'data: one\n\n'
        const question = payee.ask(2n * price)
        for (let left = 1_000; left > 0; left--) yield question
      })
    })
    await expect(collect(against(payee).sse(url))).rejects.toMatchObject({ code: 'beyond-delivery' })
    expect(payee.seen.filter(({ method }) => method === 'HEAD').length).toBeLessThan(50)
    expect(payee.signed()).toBe(2n * price)
  })

  test('a voucher answered without a receipt has one too', async () => {
    const payee: FakePayee = fakePayee((seen) => {
      if (seen.method === 'HEAD') return new Response(null)
      if (seen.payload === undefined) return undefined
      return eventStream(function* () {
        yield 'data: one\n\n'
        yield payee.ask(2n * price)
      })
    })
    await expect(collect(against(payee).sse(url))).rejects.toMatchObject({ code: 'no-receipt' })
  })
})

/** A server on a port of its own. */
async function listening(server: Server): Promise<AsyncDisposable & { url: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

describe('a server without end', () => {
  const direct = (limits: object) => session({ account: payer, chain: newChain(), maxDeposit: '1', limits })

  test('that never answers is given up', async () => {
    await using at = await listening(createServer(() => undefined))
    await expect(direct({ answerTimeoutMs: 50 }).fetch(at.url)).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })

  test('whose refusal never ends is read as far as the cap', async () => {
    let sent = 0
    const server = createServer((request, response) => {
      response.writeHead(402, {
        'www-authenticate': payable(challengeFor()).headers.get('www-authenticate') ?? '',
      })
      if (request.headers.authorization === undefined) return response.end()
      const more = () => {
        while (!response.destroyed && sent < 2 ** 30) {
          sent += 65_536
          if (!response.write('x'.repeat(65_536))) return void response.once('drain', more)
        }
      }
      more()
      return undefined
    })
    await using at = await listening(server)
    await expect(direct({}).fetch(at.url)).rejects.toMatchObject({ name: 'PaymentRefused', status: 402 })
    expect(sent).toBeLessThan(64 * 2 ** 20)
  })

  test.each([false, true])('whose refusal never comes is not waited for (paid: %s)', async (paid) => {
    const server = createServer((request, response) => {
      response.writeHead(402, {
        'www-authenticate': payable(challengeFor()).headers.get('www-authenticate') ?? '',
      })
      response.flushHeaders()
      if (paid && request.headers.authorization === undefined) response.end()
    })
    await using at = await listening(server)
    await expect(direct({ problemTimeoutMs: 50 }).fetch(at.url)).rejects.toMatchObject({
      name: 'PaymentRefused',
    })
  })

  test('that falls silent in a stream is left; comments are no silence', async () => {
    const payee: FakePayee = fakePayee((seen) =>
      seen.payload === undefined
        ? undefined
        : eventStream(async function* () {
            yield 'data: one\n\n'
            yield ': still here\n\n'
            await new Promise(() => undefined)
          }),
    )
    await expect(collect(against(payee, { limits: { idleTimeoutMs: 50 } }).sse(url))).rejects.toMatchObject({
      name: 'TimeoutError',
    })
  })

  test('an event without end is not kept', async () => {
    const payee: FakePayee = fakePayee((seen) =>
      seen.payload === undefined
        ? undefined
        : eventStream(function* () {
            for (;;) yield 'data: x'.padEnd(65_536, 'x')
          }),
    )
    await expect(collect(against(payee).sse(url))).rejects.toMatchObject({
      name: 'DecodeError',
      code: 'too-large',
    })
  })
})

describe('a signal', () => {
  const reason = new Error('enough')
  test('ends a request that waits for its answer, for its turn, and a stream', async () => {
    const controller = new AbortController()
    const payee: FakePayee = fakePayee((seen) => {
      if (seen.payload === undefined) return undefined
      return eventStream(async function* () {
        yield 'data: one\n\n'
        await new Promise(() => undefined)
      })
    })
    const pay = against(payee, { signal: controller.signal })
    const stream = pay.sse(url)
    expect(await stream.next()).toMatchObject({ value: 'one' })
    const next = stream.next()
    controller.abort(reason)
    await expect(next).rejects.toBe(reason)
    await expect(pay.fetch(url)).rejects.toBe(reason)
  })

  test('of one call ends it while the server does not answer', async () => {
    await using at = await listening(createServer(() => undefined))
    const controller = new AbortController()
    const pay = session({ account: payer, chain: newChain(), maxDeposit: '1' })
    const asked = pay.fetch(at.url, { signal: controller.signal })
    controller.abort(reason)
    await expect(asked).rejects.toBe(reason)
  })

  test('does not keep a session from closing', async () => {
    await using kit = await startKit()
    const controller = new AbortController()
    const pay = kit.session({ signal: controller.signal })
    await pay.fetch(`${kit.server.url}/line`)
    controller.abort(reason)
    expect(await pay.close()).toMatchObject({ paid: 1_000n })
  })
})
