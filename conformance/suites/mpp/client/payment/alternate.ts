/** A challenge that selects Payment-Authorization: every credential goes there, and Authorization stays as it was. */
import { scenario } from '../../../../kit/scenario.ts'
import type { Tester } from '../../../../kit/tester.ts'
import { absent, broken, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { alterChallenge } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { each, eachIfAny, type Paid, paidIn, softly } from '../looks.ts'
import { abilities } from '../offers.ts'
import { declines, pays } from '../verbs.ts'

/** Checks of what is sent for a challenge that selects the other field. */
const selecting = [
  'alternate.paid',
  'alternate.field',
  'alternate.not-both',
  'alternate.every-action',
  'alternate.echoed',
] as const
const declined = 'the client declines challenges that select Payment-Authorization'

export const alternate = scenario({
  id: 'mpp/client/alternate',
  title: 'A challenge may select Payment-Authorization, and no other field',
  checks: {
    'alternate.paid': 'CORE-HDR-003',
    'alternate.field': 'CORE-HDR-003',
    'alternate.not-both': ['CORE-HDR-004', 'CORE-HDR-006'],
    'alternate.every-action': 'CORE-HDR-015',
    'alternate.echoed': 'CORE-HDR-007',
    'alternate.unknown-field': 'CORE-HDR-005',
    'alternate.login-stays': 'CORE-HDR-013',
    'alternate.login-beside-vouchers': 'CORE-HDR-013',
  },
  faults: async () => (await import('./alternate.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const shop = await fixtures.open({ tolerant: true, offer: { requiresAuth: true } })
    await shop.visit()
    if (paidIn(shop).length === 0) {
      // Whoever follows redirects by itself does right to decline: it could not keep the field from another origin.
      for (const check of selecting) await t.check(check, () => absent(declined))
    } else await judged(t, shop)
    await declines(t, 'alternate.unknown-field', fixtures, {
      payee: { http: alterChallenge((params) => void params.set('header', 'X-Payment')) },
      also({ seen }) {
        const followed = seen.find(({ headers }) => headers.has('x-payment'))
        if (followed === undefined) return holds
        return broken('no credential in any field', 'sent in X-Payment', { exchange: followed.exchange })
      },
    })
    if (!fixtures.can('login')) {
      await t.check('alternate.login-stays', () => absent(abilities.login))
      await t.check('alternate.login-beside-vouchers', () => absent(abilities.login))
      return
    }
    const login = await fixtures.open({
      offer: { requiresAuth: true },
      env: { AUTHORIZATION: 'Bearer open-sesame' },
    })
    await login.visit()
    const kept = ({ headers }: Paid) => {
      const field = headers.get('authorization')
      return field === 'Bearer open-sesame' ? undefined : `${field}`
    }
    const expected = 'Authorization as the caller set it'
    await t.check('alternate.login-stays', () => eachIfAny(paidIn(login, 'open'), declined, expected, kept))
    // The text speaks of the paid retry; a server that wants a login wants it with every voucher as well.
    await t.check('alternate.login-beside-vouchers', () =>
      softly(eachIfAny(paidIn(login, 'voucher', 'topup', 'close'), declined, expected, kept)),
    )
  },
})

/** Judges what was sent for a challenge that selects the other field. */
async function judged(t: Tester<(typeof selecting)[number]>, shop: Shop): Promise<void> {
  await pays(t, 'alternate.paid', shop)
  const isThere = (fields: readonly string[]) => fields.includes('Payment-Authorization')
  await t.check('alternate.field', () =>
    each(paidIn(shop, 'open'), 'in Payment-Authorization', ({ credential: { fields } }) =>
      isThere(fields) ? undefined : `in ${fields.join(', ')}`,
    ),
  )
  await t.check('alternate.not-both', () =>
    each(paidIn(shop), 'in one field', ({ credential: { fields } }) =>
      fields.length === 1 ? undefined : `in ${fields.join(' and ')}`,
    ),
  )
  await t.check('alternate.every-action', () =>
    each(paidIn(shop, 'voucher', 'topup', 'close'), 'in Payment-Authorization', ({ credential }) =>
      isThere(credential.fields) ? undefined : `in ${credential.fields.join(', ')}`,
    ),
  )
  await t.check('alternate.echoed', () =>
    each(paidIn(shop), 'header as it was issued', ({ credential: { challenge } }) =>
      challenge['header'] === 'Payment-Authorization' ? undefined : `header ${challenge['header']}`,
    ),
  )
}
