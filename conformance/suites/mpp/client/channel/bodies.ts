/** Requests with a body that can be read once, or that is written anew each time: what is paid for is what was asked. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import type { Fixtures } from '../fixtures.ts'
import { each, paidIn, softly } from '../looks.ts'
import { abilities } from '../offers.ts'
import { pays } from '../verbs.ts'

const text = 'what is asked, piece by piece'

/** Whether a body is one that a challenge was asked for with. */
const wasAsked = ({ seen }: Shop, body: string): boolean =>
  seen.some((one) => one.credential === undefined && one.body === body)
/** The types that a body was asked for with. */
const typesOf = ({ seen }: Shop, body: string): (string | null)[] =>
  seen
    .filter((one) => one.credential === undefined && one.body === body)
    .map(({ headers }) => headers.get('content-type'))
/**
 * Requests with the content that the challenge is bound to; vouchers of their own have none, and a close that answers
 * such a challenge is judged by `kinds.body-digest`.
 */
const buying = (shop: Shop) =>
  paidIn(shop, 'open', 'voucher').filter(({ credential: { challenge } }) => challenge['digest'] !== undefined)

export const bodies = scenario({
  id: 'mpp/client/bodies',
  title: 'Bodies are sent again as they were, however they came',
  checks: {
    'bodies.stream': 'CORE-CHAL-018',
    'bodies.stream-whole': 'CORE-CHAL-018',
    'bodies.form': 'CORE-CHAL-018',
    'bodies.form-same': 'CORE-CHAL-018',
    'bodies.form-type': 'CORE-CHAL-018',
  },
  faults: async () => (await import('./bodies.faults.ts')).faults,
  async run(t, { open, can }: Fixtures) {
    if (!can('bodies')) {
      for (const check of Object.keys(bodies.checks) as (keyof typeof bodies.checks)[])
        await t.check(check, () => absent(abilities.bodies))
      return
    }
    const sending = (as: 'stream' | 'form') =>
      open({ path: '/item', env: { METHOD: 'POST', BODY: text, BODY_AS: as } })
    const stream = await sending('stream')
    await pays(t, 'bodies.stream', stream, { units: 1 })
    await t.check('bodies.stream-whole', () =>
      each(buying(stream), 'every piece', ({ body }) =>
        body === text ? undefined : `${body.length} bytes of ${text.length}`,
      ),
    )
    const form = await sending('form')
    await pays(t, 'bodies.form', form, { units: 1 })
    await t.check('bodies.form-same', () =>
      each(buying(form), 'the bytes that the challenge was issued for', ({ body }) =>
        body.includes(text) && wasAsked(form, body) ? undefined : `${body.length} other bytes`,
      ),
    )
    // No text says so; without the boundary that its type names, a form cannot be read.
    await t.check('bodies.form-type', () =>
      softly(
        each(buying(form), 'the type that it was asked with', ({ body, headers }) => {
          const type = headers.get('content-type')
          return typesOf(form, body).includes(type) ? undefined : `${type}`
        }),
      ),
    )
  },
})
