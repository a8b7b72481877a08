/** Channels that are over before the client knows: the payee closed them on chain, and answers 410 from then on. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import { paying } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { abilities } from '../offers.ts'
import { endOf } from '../verbs.ts'

/** Units of the stream; an errand that finds its channel gone may give up, so a third one may follow. */
const units = 3

export const gone = scenario({
  id: 'mpp/client/gone',
  title: 'A channel that is over is forgotten, and another one opened',
  checks: {
    'gone.between-errands': 'SESS-CLI-008',
    'gone.in-mid-stream': 'SESS-CLI-008',
    'gone.nothing-lost': ['SESS-SSE-014', 'SESS-CLI-008'],
  },
  faults: async () => (await import('./gone.faults.ts')).faults,
  async run(t, { open, can }: Fixtures) {
    const left = async () => {
      const shop = await open({ units, greedy: true, env: { LEAVE: '1' } })
      await shop.visit()
      await shop.closeAll()
      return shop
    }
    const cut = async () => {
      let closes: (() => Promise<void>) | undefined
      const shop = await open({
        units,
        greedy: true,
        payee: {
          http: (handler) => async (request) => {
            const first = closes
            if (first !== undefined && paying('voucher')(request)) {
              closes = undefined
              await first()
            }
            return handler(request)
          },
        },
      })
      closes = () => shop.closeAll()
      await shop.visit()
      if (closes !== undefined) throw new Blocked('no voucher was sent')
      return shop
    }
    const begun = { 'gone.between-errands': left, 'gone.in-mid-stream': cut }
    const served: Finding[] = []
    const judged = Object.entries(begun).map(([check, begin]) =>
      t.check(check as keyof typeof begun, async () => {
        if (begin === left && !can('leaves')) return absent(abilities.leaves)
        const shop = await begin()
        for (let errands = 0; errands < 2; errands++) {
          const visit = await shop.visit({ env: { LEAVE: '0' } })
          const got = visit.seen.reduce((sum, seen) => sum + seen.units.length, 0)
          if (got < units) continue
          const { loss, taken, delivered } = await shop.take()
          served.push(
            // One unit may be under way when the channel ends.
            loss <= shop.price ? holds : broken('at most a unit lost', `${taken} taken for ${delivered}`),
          )
          return holds
        }
        const last = shop.visits.at(-1)
        return broken('every unit on one of the next two errands', last === undefined ? 'none' : endOf(last))
      }),
    )
    await Promise.all(judged)
    await t.check('gone.nothing-lost', () => {
      if (served.length === 0) throw new Blocked('the client was not served')
      return served.find(({ found }) => found !== 'holds') ?? holds
    })
  },
})
