/** What current SDKs do beyond the drafts, as options of the server: each of them, and our client with it. */
import { expect, test } from 'vitest'
import { poem } from '../../../src/mpp/server/example/text.ts'
import * as Problem from '../../../src/mpp/wire/problem.ts'
import * as Receipt from '../../../src/mpp/wire/receipt.ts'
import { authorize, challengeOf, signTransfers } from '../../support/charge.ts'
import { collect, newChain, paymentsOn, startKit } from '../../support/kit.ts'
import { rawPayer } from '../../support/raw-payer.ts'

const url = 'http://test/words'
const price = 1_000n

function shop(options: Parameters<typeof paymentsOn>[1]) {
  const chain = newChain()
  const handle = paymentsOn(chain, options).stream({ amount: '0.001' }, async function* () {
    yield* ['one', 'two', 'three']
  })
  return rawPayer(chain, handle)
}

test('receipts in mid-stream: one after each value, and the last one at the end', async () => {
  const { prepare, send } = shop({ receiptsMidStream: true })
  const { open } = await prepare(url, { initial: 3n * price })
  const text = await (await send(url, open)).text()
  const spent = [...text.matchAll(/event: payment-receipt\ndata: (.*)\n/g)].map(
    ([, data = '']) => Receipt.fromJson(JSON.parse(data)).spent,
  )
  expect(spent).toEqual([price, 2n * price, 3n * price, 3n * price])
  await using kit = await startKit(undefined, { receiptsMidStream: true })
  expect((await collect(kit.session().sse(kit.url))).join(' ')).toBe(poem)
})

test('an open without content: its receipt alone, and a voucher brings the content', async () => {
  const { prepare, send } = shop({ opensWithoutContent: true })
  const { open, voucher } = await prepare(url, { initial: price })
  const opened = await send(url, open)
  expect([opened.status, await opened.text()]).toEqual([200, ''])
  expect(Receipt.decode(opened.headers.get('payment-receipt') ?? '').spent).toBe(0n)
  const streamed = await send(url, await voucher(3n * price))
  expect(await streamed.text()).toContain('data: three\n')
  await using kit = await startKit(undefined, { opensWithoutContent: true })
  expect((await collect(kit.session().sse(kit.url))).join(' ')).toBe(poem)
})

test('a replayed charge answered 403: no challenge and no receipt, and another payment is asked for as before', async () => {
  const chain = newChain()
  const pay = paymentsOn(chain, { replayedChargeStatus: 403 })
  const handle = pay.charge({ amount: '0.010' }, () => new Response('goods'))
  const send = (headers: HeadersInit = {}) => handle(new Request('http://test/charge', { headers }))
  const asked = challengeOf(await send())
  const signature = await signTransfers(chain, asked)
  const payment = authorize(asked, { type: 'transaction', signature })
  expect(await (await send(payment)).text()).toBe('goods')
  const again = await send(payment)
  expect(again.status).toBe(403)
  expect(again.headers.has('www-authenticate') || again.headers.has('payment-receipt')).toBe(false)
  expect(Problem.slug(Problem.decode(await again.text()))).toBe('verification-failed')
  const other = await send(
    authorize(asked, { type: 'transaction', signature: await signTransfers(chain, asked) }),
  )
  expect(other.status).toBe(402)
  expect(other.headers.has('www-authenticate')).toBe(true)
})
