/** Payments whose outcome the client does not know: errors of the server, answers that get lost, waits that are asked for. */
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Seen } from '../../../../peers/mpp/payee/shop/sent.ts'
import { breakOff } from '../../../../peers/mpp/payee/shop/serve.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { crash, paying, type Wrap } from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures } from '../fixtures.ts'
import { paidIn } from '../looks.ts'
import { usualDeposit } from '../offers.ts'
import { pays } from '../verbs.ts'

/** What is done about the first request with such a credential. */
const first =
  (action: string, act: (request: Request, handler: Parameters<Wrap>[0]) => Promise<Response>): Wrap =>
  (handler) => {
    let struck = false
    return async (request) => {
      if (struck || !paying(action)(request)) return handler(request)
      struck = true
      return act(request, handler)
    }
  }

/** Carried out, and answered with an error all the same. */
const thenFails: Parameters<typeof first>[1] = async (request, handler) => {
  const answer = await handler(request)
  await answer.body?.cancel()
  return crash()
}

const later =
  (seconds: number, status = 503) =>
  async () =>
    new Response(null, { status, headers: { 'retry-after': String(seconds) } })

/** One channel, whatever happened, or one in the place of another that was closed. */
const oneChannel = async (shop: Shop): Promise<Finding> => {
  const { length } = shop.channels.all
  if (length === 0) throw new Blocked('no channel was opened')
  const replaced = length === 2 && (await shop.firstIsOver())
  return length === 1 || replaced ? holds : broken('one channel', `${length} channels opened`)
}

export const unsure = scenario({
  id: 'mpp/client/unsure',
  title: 'What is not known to have failed is not paid for again',
  checks: {
    'unsure.open-then-500': 'SESS-CLI-005',
    'unsure.top-up-then-500': 'SESS-CLI-005',
    'unsure.voucher-then-500': 'SESS-CLI-005',
    'unsure.answer-lost': ['SESS-CLI-005', 'SESS-VOUCH-012'],
    'unsure.retry-after': 'SESS-CLI-007',
    'unsure.too-many': 'SESS-CLI-007',
    'unsure.retry-date': 'SESS-CLI-007',
    'unsure.retry-elsewhere': 'SESS-CLI-007',
    'unsure.waits-and-pays': 'SESS-CLI-007',
  },
  faults: async () => (await import('./unsure.faults.ts')).faults,
  async run(t, { open }: Fixtures) {
    const visited = async (http: Wrap) => {
      const shop = await open({ payee: { http }, offer: { suggestedDeposit: usualDeposit } })
      await shop.visit()
      return shop
    }
    // A client may give up, and come back: then it goes on with what it paid for.
    const twice = async (http: Wrap) => {
      const shop = await visited(http)
      await shop.visit()
      return shop
    }
    const failing = {
      'unsure.open-then-500': 'open',
      'unsure.top-up-then-500': 'topUp',
      'unsure.voucher-then-500': 'voucher',
    } as const
    for (const [check, action] of Object.entries(failing))
      await t.check(check as keyof typeof failing, async () =>
        oneChannel(await twice(first(action, thenFails))),
      )
    await t.check('unsure.answer-lost', async () => {
      const shop = await open({
        path: '/item',
        payee: {
          http: first('open', async (request, handler) => {
            const answer = await handler(request)
            await answer.body?.cancel()
            breakOff(request)
            return crash()
          }),
        },
      })
      await shop.visit()
      return oneChannel(shop)
    })
    const patient = async (
      check: 'unsure.retry-after' | 'unsure.too-many',
      act: Parameters<typeof first>[1],
    ) => {
      const shop = await open({ payee: { http: first('voucher', act) } })
      await shop.visit()
      await t.check(check, () => {
        const two = firstTwo(shop)
        if (two === undefined) return absent(givesUp)
        const waited = Math.round(two[1].at - two[0].at)
        return waited >= 900 ? holds : broken('a second between the two', `${waited} ms`)
      })
      return shop
    }
    await pays(t, 'unsure.waits-and-pays', await patient('unsure.retry-after', later(1)))
    await patient('unsure.too-many', later(1, 429))
    await t.check('unsure.retry-date', () => untilDate(open))
    await t.check('unsure.retry-elsewhere', () => elsewhere(open))
  },
})

const givesUp = 'the client gives up when it is told to wait'

/** The first two vouchers of a shop; undefined where there is one. */
function firstTwo(shop: Shop): readonly [Seen, Seen] | undefined {
  const [one, next] = paidIn(shop, 'voucher')
  if (one === undefined) throw new Blocked('no voucher was sent')
  return next === undefined ? undefined : [one, next]
}

/** Whether a client that is told to wait until a moment comes again no sooner. */
async function untilDate(open: Fixtures['open']): Promise<Finding> {
  let until = 0
  const dated = async () => {
    const over = new Date(Date.now() + 2_000).toUTCString()
    until = performance.now() + Date.parse(over) - Date.now()
    return new Response(null, { status: 503, headers: { 'retry-after': over } })
  }
  const shop = await open({ payee: { http: first('voucher', dated) } })
  await shop.visit()
  const two = firstTwo(shop)
  if (two === undefined) return absent(givesUp)
  // Two clocks are compared, of which one counts milliseconds.
  const early = Math.round(until - two[1].at)
  return early <= 50 ? holds : broken('nothing before the date it was told', `sent ${early} ms before it`)
}

/** In seconds: longer than a client takes to pay anew for another open instead. */
const elsewhereWait = 3

/** Whether a client that is told to wait does so whatever it pays for: it opens, tops up, closes. */
async function elsewhere(open: Fixtures['open']): Promise<Finding> {
  const waited = async (action: 'open' | 'topUp' | 'close'): Promise<Finding | undefined> => {
    const shop = await open({
      payee: { http: first(action, later(elsewhereWait)) },
      offer: { suggestedDeposit: usualDeposit },
    })
    await shop.visit()
    const [one, next] = paidIn(shop, action.toLowerCase())
    if (one === undefined || next === undefined) return undefined
    const ms = Math.round(next.at - one.at)
    const wanted = elsewhereWait * 1_000 - 100
    return ms >= wanted ? holds : broken(`${elsewhereWait} s between the two`, `${action}: ${ms} ms`)
  }
  const findings = await Promise.all((['open', 'topUp', 'close'] as const).map(waited))
  const judged = findings.filter((finding) => finding !== undefined)
  return judged.find(({ found }) => found === 'broken') ?? judged[0] ?? absent(givesUp)
}
