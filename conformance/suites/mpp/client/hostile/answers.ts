/** Answers that are no payee's: lies about what was spent, redirects, refusals without end. */
import { scenario } from '../../../../kit/scenario.ts'
import { broken, type Finding } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import {
  alterEvent,
  alterReceipt,
  crash,
  credentialFields,
  instead,
  paying,
  tokenIn,
  type Wrap,
} from '../../../../peers/mpp/payee/wire.ts'
import type { Fixtures, Opening } from '../fixtures.ts'
import { softly } from '../looks.ts'
import { declines, ended } from '../verbs.ts'
import { judgeRedirects, redirectChecks } from './redirects.ts'
import { gone } from './stranded.ts'

const isPaid = (request: Request): boolean => paying('open', 'voucher', 'topUp', 'close')(request)
/** Answers what a condition picks as if nothing had been paid: by another challenge, each time. */
const asking =
  (picks: (request: Request) => boolean): Wrap =>
  (handler) =>
  async (request) =>
    handler(picks(request) ? withoutCredential(request) : request)
const oneUnit = (shop: Shop): bigint => shop.price
const huge = '900000'

/** Lies, and refusals: nothing more than one unit may be lost to any. */
const lies = {
  'answers.forged-receipt': {
    payee: {
      http: alterReceipt(isPaid, (receipt) =>
        Object.assign(receipt, { spent: huge, acceptedCumulative: huge }),
      ),
    },
  },
  'answers.forged-receipt-event': {
    payee: {
      http: alterEvent('payment-receipt', (data) =>
        Object.assign(data, { spent: huge, acceptedCumulative: huge }),
      ),
    },
  },
  'answers.refused-for-ever': {
    payee: { http: asking(isPaid) },
  },
  'answers.failing-for-ever': { payee: { http: instead(isPaid, crash) } },
  'answers.close-refused': { payee: { http: instead(paying('close'), crash) } },
  'answers.close-pretended': {
    payee: {
      http: instead(paying('close'), () => new Response(null, { status: 204 })),
    },
  },
  'answers.charged-for-vouchers': {
    payee: {
      // Each voucher costs a unit of its own: the stream asks again before it delivers.
      deliver: async function* (units, stream) {
        for await (const unit of units) {
          await stream.charge(3)
          yield unit
        }
      },
    },
  },
} as const satisfies Readonly<Record<string, Opening>>

export const answers = scenario({
  id: 'mpp/client/answers',
  title: 'Whatever a payee answers, no more than a unit is lost, and the client ends',
  checks: {
    'answers.forged-receipt': ['SESS-CLI-002', 'SESS-SNAP-005'],
    'answers.forged-receipt-event': ['SESS-CLI-002', 'SESS-SNAP-005'],
    'answers.refused-for-ever': 'SESS-CLI-004',
    'answers.failing-for-ever': 'SESS-CLI-004',
    'answers.gone-for-ever': ['SESS-CLI-004', 'SESS-CLI-008'],
    'answers.close-refused': 'SESS-SSE-014',
    'answers.close-pretended': 'SESS-SSE-014',
    'answers.charged-for-vouchers': 'SESS-SSE-014',
    'answers.greedy-close': 'SESS-SSE-014',
    ...redirectChecks,
  },
  faults: async () => [
    ...(await import('./answers.faults.ts')).faults,
    ...(await import('./redirects.faults.ts')).faults,
  ],
  async run(t, fixtures: Fixtures) {
    const told = Object.entries(lies).map(([check, opening]) =>
      declines(t, check as keyof typeof lies, fixtures, { ...opening, mostLoss: oneUnit, also: ended }),
    )
    await Promise.all(told)
    await declines(t, 'answers.gone-for-ever', fixtures, {
      payee: { http: instead(paying('voucher', 'topUp'), gone) },
      // The unit that each channel is asked for is signed, and the voucher for it refused.
      mostLoss: (shop) => shop.units(Math.max(shop.channels.all.length, 1)),
      also: fewChannels,
    })
    await declines(t, 'answers.greedy-close', fixtures, { greedy: true, mostLoss: oneUnit })
    await judgeRedirects(t, fixtures)
  },
})

/** Channels that a client may open one after the other where each is said to be over: how many is nowhere said. */
const mostChannels = 10

function fewChannels(shop: Shop): Finding {
  const { length } = shop.channels.all
  return length <= mostChannels
    ? ended(shop)
    : softly(broken('a client that gives up', `${length} channels opened, one after the other`))
}

/** The same request as one who has not paid makes it. */
function withoutCredential({ url, method, headers, signal }: Request): Request {
  const left = new Headers(headers)
  for (const name of credentialFields) if (tokenIn(left.get(name)) !== undefined) left.delete(name)
  return new Request(url, { method, headers: left, signal })
}
