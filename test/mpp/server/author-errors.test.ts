/** What authors throw: their clients are told nothing of it, so their operator must be. */
import { expect, test } from 'vitest'
import type { Failure } from '../../../src/mpp/server/unclaimed.ts'
import { describeFailure } from '../../../src/mpp/server/unclaimed.ts'
import { authorize, challengeOf, signTransfers } from '../../support/charge.ts'
import { newChain, paymentsOn } from '../../support/kit.ts'
import { channelOf } from '../../support/payer.ts'

const url = 'http://test.example/'
const price = 100_000n
const terms = { amount: '0.1', suggestedDeposit: '1' }
const fails = (): never => {
  throw new Error('the disk of poems is gone')
}

/** A body that breaks after so many parts. */
const breaking = (parts: number) => {
  let left = parts
  return new Response(
    new ReadableStream(
      { pull: (controller) => (left-- > 0 ? controller.enqueue(new Uint8Array([97])) : fails()) },
      { highWaterMark: 0 },
    ),
  )
}

function payeeOn(chain = newChain()) {
  const told: Failure[] = []
  // A stop that waited for what has ended would hang.
  const pay = paymentsOn(chain, { onError: (failure) => told.push(failure), stopGraceMs: 1_000_000 })
  return { chain, pay, told }
}

/** Reads an answer, whatever becomes of it. */
const read = (answer: Promise<Response>) => answer.then((response) => response.text()).catch(() => 'broken')

test.each<[string, (pay: ReturnType<typeof payeeOn>['pay']) => (request: Request) => Promise<Response>]>([
  ['an answer that throws', (pay) => pay.fixed(terms, fails)],
  ['an answer that rejects', (pay) => pay.fixed(terms, async () => fails())],
  ['a body that breaks before its first part', (pay) => pay.fixed(terms, () => breaking(0))],
  ['a body that breaks later', (pay) => pay.fixed(terms, () => breaking(3))],
  [
    'a stream',
    (pay) =>
      pay.stream(terms, async function* () {
        yield 'Two'
        fails()
      }),
  ],
  [
    'a stream that is metered by hand',
    (pay) =>
      pay.metered(terms, async function* (_, stream) {
        await stream.charge()
        yield fails()
      }),
  ],
  ['a source that is none', (pay) => pay.stream(terms, fails as never)],
  ['a rule of who may have it', (pay) => pay.fixed({ ...terms, allows: fails }, () => new Response('a'))],
])('on a channel: %s', async (_, serve) => {
  const { chain, pay, told } = payeeOn()
  const channel = await channelOf(serve(pay), chain)
  await channel.open()
  const answer = channel.voucher(3n * price, 'GET')
  await read(answer)
  expect(told).toHaveLength(1)
  expect(told[0]).toMatchObject({ doing: 'answer', reason: 'the disk of poems is gone' })
  expect(describeFailure(told[0] as Failure)).toMatch(/^an answer failed.*: the disk of poems is gone$/)
  await pay.close()
})

test.each<[string, () => Response]>([
  ['an answer that throws', fails],
  ['a body that breaks later', () => breaking(3)],
])('for one payment: %s', async (_, respond) => {
  const { chain, pay, told } = payeeOn()
  const handler = pay.charge({ amount: '0.010' }, respond)
  const challenge = challengeOf(await handler(new Request(url)))
  const paid = { type: 'transaction', signature: await signTransfers(chain, challenge) }
  await read(handler(new Request(url, { headers: authorize(challenge, paid) })))
  expect(told).toMatchObject([{ doing: 'answer', owed: 0n, reason: 'the disk of poems is gone' }])
})

test('in a tool', async () => {
  const { pay, told } = payeeOn()
  const server = { name: 'tools', version: '1', tools: { poem: { description: 'a poem', call: fails } } }
  const call = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'poem' } }
  const body = JSON.stringify(call)
  await read(pay.mcp(server as never)(new Request(url, { method: 'POST', body })))
  expect(told).toMatchObject([{ doing: 'answer', reason: 'the disk of poems is gone' }])
})

test('an answer of 4xx or 5xx, and a client that leaves, are no failures', async () => {
  const { chain, pay, told } = payeeOn()
  const busy = await channelOf(
    pay.fixed(terms, () => new Response('later', { status: 503 })),
    chain,
  )
  await busy.open()
  expect((await busy.voucher(price, 'GET')).status).toBe(503)
  const stream = await channelOf(
    pay.stream(terms, async function* (_, { signal }) {
      yield 'Two'
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    }),
    chain,
  )
  await stream.open()
  const response = await stream.voucher(3n * price, 'GET')
  const reader = response.body?.getReader()
  await reader?.read()
  await reader?.cancel()
  await pay.close()
  expect(told).toEqual([])
})

test('a stream that its client never read from holds up no stop', async () => {
  const { chain, pay } = payeeOn()
  const handler = pay.stream(terms, async function* () {
    yield 'Two'
  })
  const channel = await channelOf(handler, chain)
  await channel.open()
  await (await channel.voucher(price, 'GET')).body?.cancel()
  const gone = new AbortController()
  await channel.voucher(2n * price, 'GET', gone.signal)
  gone.abort()
  await pay.close()
})
