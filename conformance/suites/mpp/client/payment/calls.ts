/** One call keeps its Idempotency-Key however often it is sent; another call has another. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, holds } from '../../../../kit/verdict.ts'
import { breakOff } from '../../../../peers/mpp/payee/shop/serve.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { crash, paying, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { paidIn } from '../looks.ts'
import { abilities } from '../offers.ts'

/** The answer to the first payment is lost. */
const losing: Wrap = (handler) => {
  let lost = false
  return async (request) => {
    const answer = await handler(request)
    if (lost || !paying('open', 'voucher')(request) || request.method !== 'GET') return answer
    lost = true
    await answer.body?.cancel()
    breakOff(request)
    return crash()
  }
}

/** What is asked for is done, and the answer is an error of the server. */
const failing: Wrap = (handler) => async (request) => {
  const { headers } = request
  const hasBody = Number(headers.get('content-length') ?? 0) > 0 || headers.has('transfer-encoding')
  if (!hasBody || !paying('open', 'voucher')(request)) return handler(request)
  const answer = await handler(request)
  await answer.body?.cancel()
  return answer.ok ? crash() : answer
}

/** The keys of what was bought in one run of the client, as they came. */
const keysIn = (shop: Shop, visit: number): string[] =>
  paidIn(shop)
    .filter((paid) => paid.visit === visit && paid.method === 'GET')
    .flatMap(({ headers }) => headers.get('idempotency-key') ?? [])

const keyless = 'the client sends no Idempotency-Key'

export const calls = scenario({
  id: 'mpp/client/calls',
  title: 'A call that is sent again is known by its key, and no other call has it',
  checks: {
    'calls.same-key': 'SESS-IDEM-007',
    'calls.another-key': 'SESS-IDEM-007',
    'calls.post-after-500': 'SESS-IDEM-007',
  },
  faults: async () => (await import('./calls.faults.ts')).faults,
  async run(t, { open, can }: Fixtures) {
    const shop = await open({ path: '/item', payee: { http: losing } })
    await shop.visit()
    await shop.visit()
    await t.check('calls.same-key', () => {
      const sent = paidIn(shop).filter(({ visit, method }) => visit === 0 && method === 'GET')
      const [key, ...again] = keysIn(shop, 0)
      if (sent.length === 0) throw new Blocked('the client sent no payment')
      if (key === undefined) return absent(keyless)
      if (sent.length === 1) return absent('the client does not send it again')
      const other = again.find((each) => each !== key)
      return other === undefined ? holds : broken('the key it had', other)
    })
    await t.check('calls.another-key', () => {
      const [first, second] = [keysIn(shop, 0), keysIn(shop, 1)]
      if (first.length === 0 || second.length === 0) return absent(keyless)
      const same = second.find((key) => first.includes(key))
      return same === undefined ? holds : broken('a key of its own for another call', same)
    })
    await t.check('calls.post-after-500', async () => {
      if (!can('bodies')) return absent(abilities.bodies)
      const order = await open({
        path: '/item',
        env: { METHOD: 'POST', BODY: 'one of these' },
        payee: { http: failing },
      })
      await order.visit()
      // What the client manages its channel by has no body.
      const [sent, ...again] = paidIn(order).filter(({ body }) => body !== '')
      if (sent === undefined) throw new Blocked('the client sent no payment')
      const key = sent.headers.get('idempotency-key')
      const other = again.find(({ headers }) => key === null || headers.get('idempotency-key') !== key)
      return other === undefined
        ? holds
        : broken('sent once, or under the same key', 'sent again as another call', {
            exchange: other.exchange,
          })
    })
  },
})
