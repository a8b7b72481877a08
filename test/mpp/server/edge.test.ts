/** Where the server meets strangers and its node: answers that are none, requests that are odd, silence. */
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { FaultyRpc } from '../../../src/chain/faults.ts'
import { httpRpc } from '../../../src/chain/http-rpc.ts'
import type { Hex } from '../../../src/codec/hex.ts'
import * as Sse from '../../../src/codec/sse.ts'
import { listen } from '../../../src/http/listen.ts'
import type { PayeeOptions } from '../../../src/mpp/server/payee.ts'
import type { Payment } from '../../../src/mpp/server/payment.ts'
import { proofRules } from '../../../src/mpp/server/rules/charge.ts'
import * as Binding from '../../../src/mpp/wire/binding.ts'
import type { Challenge } from '../../../src/mpp/wire/challenge.ts'
import * as Payload from '../../../src/mpp/wire/payload.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import { authorize, challengeOf, prove, signTransfers } from '../../support/charge.ts'
import { newChain, payer, paymentsOn } from '../../support/kit.ts'
import { sponsoredPayer, stranger } from '../../support/sponsored.ts'

const url = 'http://test.example/'
const secretKey = 'a secret that has at least 32 bytes'
const deposit = 40_000n
const poemOn = (chain: PayeeOptions['chain'], options: Partial<PayeeOptions> = {}) =>
  paymentsOn(chain, options).stream({ amount: '0.001', feePayer: true }, async function* () {
    yield 'word'
  })

test.each(['session', 'charge'])('a challenge that never ends is none of ours (%s)', async (intent) => {
  const chain = newChain()
  const pay = paymentsOn(chain)
  const handler =
    intent === 'session' ? poemOn(chain) : pay.charge({ amount: '0.010' }, () => new Response('line'))
  const { expires: _, id: __, ...issued } = challengeOf(await handler(new Request(url)))
  const endless = Binding.issue(issued as Parameters<typeof Binding.issue>[0], secretKey)
  expect(Binding.verify(endless, secretKey)).toBeUndefined()
  const answer = async (challenge: Challenge) => {
    if (intent === 'charge') {
      const signature = await signTransfers(chain, challenge)
      return handler(new Request(url, { headers: authorize(challenge, { type: 'transaction', signature }) }))
    }
    const { payload } = await sponsoredPayer(handler, chain, payer).prepare(deposit)
    return handler(new Request(url, { headers: authorize(challenge, Payload.toJson(payload)) }))
  }
  const refused = await answer(endless)
  expect(refused.status).toBe(402)
  expect(Problem.slug(Problem.decode(await refused.text()))).toBe('invalid-challenge')
  expect((await answer(challengeOf(await handler(new Request(url))))).status).toBe(200)
})

describe('a node whose answers are none', () => {
  const junk = ['0x', null, undefined, 'latest', 7, {}, [], '0x0', `0x${'ff'.repeat(31)}`]
  const methods = [
    'eth_call',
    'eth_chainId',
    'eth_gasPrice',
    'eth_getTransactionReceipt',
    'eth_sendRawTransaction',
    'eth_getBlockByNumber',
    'eth_estimateGas',
    'eth_getLogs',
  ]
  test.each(methods)(
    '%s',
    async (method) => {
      const chain = newChain()
      const node = new FaultyRpc(chain)
      const account = stranger(chain, 10n ** 9n)
      const handler = poemOn(node, { verifyIntervalMs: 0 })
      const own = sponsoredPayer(handler, chain, account)
      const line = paymentsOn(node).charge({ amount: '0.010' }, () => new Response('line'))
      const opened = await own.prepare(deposit)
      expect((await own.send(opened.payload)).status).toBe(200)
      // No receipt is an answer: it is waited for.
      const wrong = method.endsWith('Receipt') ? junk.filter((answer) => answer != null) : junk
      for (const answer of wrong) {
        const again = await own.prepare(deposit)
        const challenge = challengeOf(await line(new Request(url)))
        const charge = { type: 'transaction', signature: await signTransfers(chain, challenge, { account }) }
        const heal = node.answer(method, () => answer)
        const asked = [
          () => handler(new Request(url)),
          () => poemOn(node)(new Request(url)),
          () => own.send(again.payload),
          () => own.topUp(opened, 5_000n),
          () => own.send({ ...opened.payload, action: 'voucher' } as Payload.Payload),
          () => line(new Request(url, { headers: authorize(challenge, charge) })),
        ]
        for (const ask of asked) {
          // The payer's own challenge may be missing as well: that is no answer to a payment.
          const response = await ask().catch((error: Error) => error)
          if (response instanceof Error) expect(response.message).toContain('no challenge in a 503')
          else expect([200, 402, 503]).toContain(response.status)
        }
        heal()
      }
      expect((await own.close(opened)).status).toBe(200)
    },
    60_000,
  )

  test('or that is not there: 503 until it is, and when to ask again', async () => {
    const down = await poemOn(httpRpc('http://127.0.0.1:1'))(new Request(url))
    expect(down.status).toBe(503)
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0)
    const chain = newChain()
    const node = new FaultyRpc(chain)
    const handler = poemOn(node)
    node.error('eth_chainId', { times: 2 })
    const pay = paymentsOn(node)
    expect((await handler(new Request(url))).status).toBe(503)
    expect((await pay.charge({ amount: '1' }, () => new Response())(new Request(url))).status).toBe(503)
    expect((await handler(new Request(url))).status).toBe(402)
  })
})

test('RLP nested thousands deep is a transaction that does not decode', async () => {
  const chain = newChain()
  const own = sponsoredPayer(poemOn(chain), chain, payer)
  const { payload } = await own.prepare(deposit)
  // 3,000 lists, each of which says that the rest is in it.
  let nested = 'c0'
  for (let i = 0; i < 3_000; i++) {
    const size = nested.length / 2
    const digits = size.toString(16)
    const length = digits.padStart(digits.length + (digits.length % 2), '0')
    nested = `${size < 56 ? (0xc0 + size).toString(16) : `${(0xf7 + length.length / 2).toString(16)}${length}`}${nested}`
  }
  const response = await own.send({ ...payload, transaction: `0x76${nested}` as Hex })
  expect(response.status).toBe(402)
})

test('a forged voucher learns nothing of the books', async () => {
  const chain = newChain()
  const handler = poemOn(chain)
  const own = sponsoredPayer(handler, chain, payer)
  const thief = sponsoredPayer(handler, chain, stranger(chain, 10n ** 9n))
  const opened = await own.prepare(deposit)
  expect((await own.send(opened.payload)).status).toBe(200)
  const accepted = 7_771n
  const { signature } = await own.sign(opened, accepted)
  const { channelId, descriptor } = opened
  const named = { channelId, descriptor }
  expect(
    (await own.send({ action: 'voucher', ...named, cumulativeAmount: accepted, signature })).status,
  ).toBe(200)
  for (const action of ['voucher', 'close', 'open'] as const)
    for (const cumulativeAmount of [0n, 1n, accepted - 1n, accepted, accepted + 1n, deposit, deposit + 1n]) {
      const forged = await thief.sign(opened, cumulativeAmount)
      const open = action === 'open' ? { type: 'transaction', transaction: opened.payload.transaction } : {}
      const payload = { action, ...named, cumulativeAmount, signature: forged.signature, ...open }
      const response = await own.send(payload as Payload.Payload)
      expect(response.status).toBe(402)
      const told = JSON.stringify([...response.headers]) + (await response.text())
      for (const figure of [accepted, deposit]) expect(told).not.toContain(`${figure}`)
      expect(response.headers.get('payment-receipt')).toBeNull()
      expect(Problem.slug(Problem.decode(told.slice(told.lastIndexOf('{"'))))).toMatch(/signature|signer/)
    }
})

test('a proof is checked on the curve that is given', async () => {
  const chain = newChain()
  const pay = paymentsOn(chain)
  const challenge = challengeOf(await pay.charge({ amount: '0' }, () => new Response())(new Request(url)))
  const { authorization } = (await prove(challenge)) as { authorization: string }
  let asked = 0
  const { payload, source } = (await import('../../../src/mpp/wire/credential.ts')).fromToken(
    authorization.slice(8),
  )
  const input = {
    asked: { amount: 0n } as never,
    challengeId: challenge.id,
    source,
    signature: String(payload['signature']),
    chainId: chain.chainId,
    recoverKey: () => {
      asked++
      return new Uint8Array(64)
    },
  }
  expect(proofRules.signedBySource(input)).toBeDefined()
  expect(asked).toBe(1)
})

test('a silent stream says that it is alive, and is charged nothing for it', async () => {
  const chain = newChain()
  let go: () => void = () => undefined
  const waiting = new Promise<void>((resolve) => {
    go = resolve
  })
  const pay = paymentsOn(chain, { keepAliveMs: 10 })
  const handler = pay.stream({ amount: '0.001', feePayer: true }, async function* () {
    await waiting
    yield 'word'
  })
  const own = sponsoredPayer(handler, chain, payer)
  const { payload } = await own.prepare(deposit)
  const headers = authorize(await own.challenge(), Payload.toJson(payload))
  const response = await handler(new Request(url, { headers }))
  const reader = (response.body as ReadableStream<Uint8Array>).getReader()
  const next = async () => new TextDecoder().decode((await reader.read()).value)
  // Before a unit is made, and while a voucher for it is waited for.
  expect([await next(), await next()]).toEqual([Sse.comment(''), Sse.comment('')])
  go()
  const after = [await next(), await next(), await next(), await next()]
  expect(after.some((frame) => frame.startsWith('event: payment-need-voucher'))).toBe(true)
  expect(after.at(-1)).toBe(Sse.comment(''))
  await reader.cancel()
})

test('authors know who paid, from which channel, for which challenge', async () => {
  const chain = newChain()
  const pay = paymentsOn(chain)
  const terms = { amount: '0.001', feePayer: true, opaque: { order: '7' } }
  const told: Payment[] = []
  const line = (_: Request, payment: Payment) => {
    told.push(payment)
    return new Response('line')
  }
  const stream = pay.stream(terms, async function* (_, { payment }) {
    told.push(payment)
    yield 'word'
  })
  for (const handler of [pay.fixed(terms, line), stream]) {
    const own = sponsoredPayer(handler, chain, payer)
    const opened = await own.prepare(deposit)
    expect((await own.send(opened.payload)).status).toBe(200)
    const { signature } = await own.sign(opened, 1_000n)
    const { channelId, descriptor } = opened
    const voucher = { action: 'voucher', channelId, descriptor, cumulativeAmount: 1_000n, signature } as const
    const challenge = await own.challenge()
    const response = await handler(
      new Request(url, { headers: authorize(challenge, Payload.toJson(voucher)) }),
    )
    await response.text()
    const payment = told.pop() as Payment
    expect(payment).toMatchObject({
      payer: payer.address,
      channelId,
      challengeId: challenge.id,
      opaque: { order: '7' },
    })
    expect(Receipt.decode(await payment.receipt())).toMatchObject({
      acceptedCumulative: 1_000n,
      spent: 1_000n,
    })
  }
  const charged = pay.charge({ amount: '0.010' }, line)
  const challenge = challengeOf(await charged(new Request(url)))
  const paid = { type: 'transaction', signature: await signTransfers(chain, challenge) }
  const response = await charged(new Request(url, { headers: authorize(challenge, paid) }))
  const payment = told.pop() as Payment
  expect(payment).toMatchObject({ payer: payer.address, challengeId: challenge.id })
  expect(await payment.receipt()).toBe(response.headers.get('payment-receipt'))
})

describe('the Host field', () => {
  const ask = async (port: number, lines: string[]) => {
    const socket = connect(port, '127.0.0.1')
    socket.end(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`)
    return text(socket)
  }
  test.each<[string, string[], number]>([
    ['once', ['GET /x HTTP/1.1', 'Host: a.example'], 200],
    ['with a port', ['GET /x HTTP/1.1', 'Host: 127.0.0.1:80'], 200],
    ['an IPv6 address', ['GET /x HTTP/1.1', 'Host: [::1]:80'], 200],
    ['twice', ['GET /x HTTP/1.1', 'Host: a.example', 'Host: b.example'], 400],
    ['twice the same', ['GET /x HTTP/1.1', 'Host: a.example', 'host: a.example'], 400],
    ['none', ['GET /x HTTP/1.1'], 400],
    ['a path in it', ['GET /x HTTP/1.1', 'Host: a.example/y'], 400],
    ['a user in it', ['GET /x HTTP/1.1', 'Host: a@b.example'], 400],
    ['a space in it', ['GET /x HTTP/1.1', 'Host: a b'], 400],
    ['a comma in it', ['GET /x HTTP/1.1', 'Host: a.example, b.example'], 400],
    ['nothing in it', ['GET /x HTTP/1.1', 'Host:'], 400],
    ['none in HTTP/1.0', ['GET /x HTTP/1.0'], 200],
    ['once in HTTP/1.0', ['GET /x HTTP/1.0', 'Host: a.example'], 200],
    ['twice in HTTP/1.0', ['GET /x HTTP/1.0', 'Host: a.example', 'Host: b.example'], 400],
  ])('%s', async (_, lines, status) => {
    await using server = await listen(async (request) => new Response(new URL(request.url).pathname))
    const answer = await ask(server.port, lines)
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    if (status === 200) expect(answer).toContain('/x')
  })

  test('a stream over HTTP/1.0 ends with its connection', async () => {
    const body = () => new Response(new Blob(['data: a\n\n']).stream())
    await using server = await listen(async () => body())
    const answer = await ask(server.port, ['GET / HTTP/1.0'])
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer).toMatch(/\r\n\r\ndata: a\n\n$/)
  })
})
