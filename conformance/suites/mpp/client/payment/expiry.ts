/** Challenges that are over: they are not answered, and a stream that outlives its challenge goes on under another. */
import * as Timestamp from '../../../../../src/codec/timestamp.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { alterChallenge } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { each, paidIn } from '../looks.ts'
import { declines, pays } from '../verbs.ts'

/** How long after its end an answer may still arrive, in milliseconds: it was under way, on a machine with much to do. */
const graceMs = 4_000
/** How long a challenge is good for, and for a client that is too slow for that. */
const ttlSeconds = 2
const longTtlSeconds = 10
/** Units of the stream. */
const sellable = 2
/** The second unit is asked for when the first challenge has been over for longer than the grace, by a second. */
const pauseMs = (seconds: number): number => (seconds * 1_000 + graceMs + 1_000) / 2

export const expiry = scenario({
  id: 'mpp/client/expiry',
  title: 'What has expired is not answered',
  checks: {
    'expiry.expired': ['CORE-CHAL-015', 'CORE-CHAL-036'],
    'expiry.long-ago': 'CORE-CHAL-036',
    'expiry.outlived': 'CORE-CHAL-015',
    'expiry.goes-on': 'SESS-SSE-008',
    'expiry.fresh-each-time': 'CORE-CHAL-039',
  },
  faults: async () => (await import('./expiry.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const since = (ms: number) => ({
      http: alterChallenge((params) => void params.set('expires', Timestamp.encode(Date.now() - ms))),
    })
    await declines(t, 'expiry.expired', fixtures, { payee: since(5_000) })
    await declines(t, 'expiry.long-ago', fixtures, { payee: since(400 * 86_400_000) })
    const arrived = new Map<number, number>()
    const sold = async (seconds: number) => {
      const sale = await fixtures.open({
        units: sellable,
        pauseMs: pauseMs(seconds),
        offer: { challengeTtlSeconds: seconds },
        onRequest: ({ exchange }) => void arrived.set(exchange, Date.now()),
      })
      await sale.visit()
      return sale
    }
    let shop = await sold(ttlSeconds)
    // Something came late, or is not done at all: a client that is only slow is in time for a longer one.
    if (shop.seen.every(({ units }) => units.length < sellable)) shop = await sold(longTtlSeconds)
    await pays(t, 'expiry.goes-on', shop)
    await t.check('expiry.outlived', () =>
      each(
        paidIn(shop, 'voucher', 'topup', 'close'),
        'an answer to a challenge that holds',
        ({ exchange, credential: { challenge } }) => {
          const late = (arrived.get(exchange) ?? 0) - Timestamp.decode(String(challenge['expires']))
          return late <= graceMs ? undefined : `it was over for ${late} ms`
        },
      ),
    )
    const quick = await fixtures.open({ units: 1 })
    await quick.visit()
    await quick.visit()
    await t.check('expiry.fresh-each-time', () =>
      each(
        paidIn(quick).filter(({ visit }) => visit === 1),
        'a challenge of this errand',
        ({ credential: { challenge } }) =>
          quick.issued.some(({ id, visit }) => visit === 1 && id === challenge['id'])
            ? undefined
            : 'one that was issued to an errand before',
      ),
    )
  },
})
