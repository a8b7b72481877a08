/**
 * Successive runs of a client with the same state: after a stream that was cut, a process that was killed, a channel
 * that is gone.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, holds } from '../../../../kit/verdict.ts'
import type { Fixtures } from '../fixtures.ts'
import { paidIn, softly } from '../looks.ts'
import { abilities, usualDeposit } from '../offers.ts'
import { endOf } from '../verbs.ts'

/** Seconds that pass before a deposit is taken back: the grace period and a minute. */
const graceSeconds = 960

export const again = scenario({
  id: 'mpp/client/again',
  title: 'What an errand left is gone on with, or got back',
  checks: {
    'again.after-a-cut': 'SESS-CLI-001',
    'again.killed-at-the-open': 'SESS-CLI-003',
    'again.killed-at-a-voucher': ['SESS-CLI-001', 'SESS-CLI-003'],
    'again.killed-at-a-top-up': 'SESS-CLI-003',
    'again.one-channel': 'SESS-CLI-001',
    'again.totals-rise': 'SESS-CLI-001',
    'again.two-at-once': 'SESS-CLI-001',
    'again.recovered': 'SESS-CLI-003',
  },
  faults: async () => (await import('./again.faults.ts')).faults,
  async run(t, { open, can }: Fixtures) {
    const served = async (shop: Awaited<ReturnType<typeof open>>) => {
      const visit = await shop.visit()
      const units = visit.seen.reduce((sum, seen) => sum + seen.units.length, 0)
      const { loss, delivered, taken } = await shop.take()
      if (units < (shop.setting.units ?? 8))
        return broken('every unit on the second errand', `${units} units; ${endOf(visit)}`)
      // One unit may be under way each time.
      return loss <= 2n * shop.price
        ? holds
        : broken('at most a unit lost for each break', `${taken} taken for ${delivered}`)
    }
    await t.check('again.after-a-cut', async () => {
      const shop = await open({ cutAfter: 3 })
      await shop.visit()
      return served(shop)
    })
    const killing = {
      'again.killed-at-the-open': 'open',
      'again.killed-at-a-voucher': 'voucher',
      'again.killed-at-a-top-up': 'topup',
    } as const
    for (const [check, action] of Object.entries(killing))
      await t.check(check as keyof typeof killing, async () => {
        const shop = await open(action === 'topup' ? { offer: { suggestedDeposit: usualDeposit } } : {})
        await shop.visit({
          killAt: ({ credential }) => String(credential?.raw['action']).toLowerCase() === action,
        })
        return served(shop)
      })
    const leaving = await open({ units: 3, env: { LEAVE: '1' } })
    await leaving.visit()
    const left = paidIn(leaving, 'close').length === 0
    await leaving.visit()
    await t.check('again.one-channel', () => {
      if (!can('leaves') || !left) return absent(abilities.leaves)
      const { length } = leaving.channels.all
      return length === 1 ? holds : broken('the channel that was left', `${length} channels`)
    })
    await t.check('again.totals-rise', () => {
      if (!can('leaves') || !left) return absent(abilities.leaves)
      let highest = 0n
      for (const { credential } of paidIn(leaving, 'open', 'voucher', 'close')) {
        const { payload } = credential
        const amount = payload !== undefined && 'cumulativeAmount' in payload ? payload.cumulativeAmount : 0n
        if (amount < highest) return broken('totals that never fall', `${amount} after ${highest}`)
        highest = amount
      }
      return holds
    })
    await t.check('again.two-at-once', async () => {
      if (!can('leaves')) return absent(abilities.leaves)
      const shop = await open({ units: 3, env: { LEAVE: '1' } })
      await shop.visit()
      if (shop.channels.all.length === 0) throw new Blocked('no channel was opened')
      await Promise.all([shop.visit(), shop.visit()])
      const units = shop.seen.reduce((sum, seen) => sum + seen.units.length, 0)
      const { loss, delivered, taken } = await shop.take()
      // One unit may be under way in each process.
      if (loss > 2n * shop.price)
        return broken('at most a unit lost for each process', `${taken} taken for ${delivered}`)
      // A client may also let one process wait, or say that the channel is in use.
      const short = broken('every unit for both', `${units} units; ${shop.visits.map(endOf).join('; ')}`)
      return units >= 9 ? holds : softly(short)
    })
    await t.check('again.recovered', async () => {
      if (!can('recovers')) return absent(abilities.recovers)
      const shop = await open({ env: { LEAVE: '1' } })
      await shop.visit()
      await shop.vanish()
      await shop.visit({ env: { RECOVER: '1' } })
      if (!shop.passTime(graceSeconds)) return absent('time cannot be moved on this chain')
      await shop.visit({ env: { RECOVER: '1' } })
      const locked = await shop.locked()
      return locked === 0n ? holds : broken('the deposit taken back', `${locked} still locked`)
    })
  },
})
