/**
 * Clients that are killed anywhere: before a request is answered, or when it just was. The next run with the same state gets
 * everything, pays for one unit more at most, and leaves no money locked. Where they are killed follows from the seed.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import type { Wrap } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { abilities } from '../offers.ts'
import { endOf } from '../verbs.ts'

/** Requests of a usual run, from the first to the last before its close. */
const requests = 9
/** Seconds that pass before a deposit is taken back: the grace period and a minute. */
const graceSeconds = 960

/** Places to be killed at; one in each third of a run, before and after an answer. */
const places = [0, 3, 6].flatMap((from) => [
  { from, answered: false },
  { from, answered: true },
])

export const killed = scenario({
  id: 'mpp/client/killed',
  title: 'Killed anywhere and started again: everything arrives, and no money is stranded',
  checks: {
    'killed.served': ['SESS-CLI-003', 'SESS-CLI-001'],
    'killed.paid-once': ['SESS-SSE-014', 'SESS-CLI-001'],
    'killed.nothing-locked': 'SESS-CLI-003',
    'killed.process': ['SESS-CLI-003', 'SESS-CLI-001'],
  },
  faults: async () => (await import('./killed.faults.ts')).faults,
  async run(t, { open, can }: Fixtures) {
    /** Kills one run at a place, and lets another follow. */
    const twice = async ({ from, answered }: (typeof places)[number], process = false): Promise<Shop> => {
      const kill = new AbortController()
      let seen = 0
      let at = requests
      const http: Wrap = (handler) => async (request) => {
        const mine = seen++
        if (mine === at && !answered) kill.abort()
        const response = await handler(request)
        if (mine === at) kill.abort()
        return response
      }
      const shop = await open({ greedy: true, payee: { http }, process })
      at = from + Number(BigInt(shop.options.payer.address) % 3n)
      await shop.visit({ kill: kill.signal })
      at = Number.POSITIVE_INFINITY
      await shop.visit()
      return shop
    }
    const wanted = t.wants('killed.served', 'killed.nothing-locked', 'killed.paid-once')
    const shops = await Promise.all(wanted ? places.map((place) => twice(place)) : [])
    const worst = async (judge: (shop: Shop) => Finding | Promise<Finding>): Promise<Finding> => {
      for (const shop of shops) {
        const finding = await judge(shop)
        if (finding.found !== 'holds') return finding
      }
      return holds
    }
    await t.check('killed.served', () => worst(served))
    // What is locked is read before it is taken.
    await t.check('killed.nothing-locked', () =>
      worst(async (shop) => {
        if ((await shop.locked()) === 0n) return holds
        if (!can('recovers')) return absent(abilities.recovers)
        await shop.visit({ env: { RECOVER: '1' } })
        if (!shop.passTime(graceSeconds)) return absent('time cannot be moved on this chain')
        await shop.visit({ env: { RECOVER: '1' } })
        const locked = await shop.locked()
        return locked === 0n ? holds : broken('every deposit got back', `${locked} still locked`)
      }),
    )
    await t.check('killed.paid-once', () => worst(paidOnce))
    await t.check('killed.process', async () => {
      const shop = await twice({ from: 3, answered: false }, true)
      const finding = served(shop)
      return finding.found === 'holds' ? paidOnce(shop) : finding
    })
  },
})

/** Whether the run after the kill got everything. */
function served(shop: Shop): Finding {
  const [, visit] = shop.visits
  const units = visit?.seen.reduce((sum, seen) => sum + seen.units.length, 0) ?? 0
  return units >= 8 || visit === undefined
    ? holds
    : broken('every unit after the kill', `${units} units; ${endOf(visit)}`)
}

async function paidOnce(shop: Shop): Promise<Finding> {
  const { loss, taken, delivered } = await shop.take()
  return loss <= shop.price ? holds : broken('at most a unit lost', `${taken} taken for ${delivered}`)
}
