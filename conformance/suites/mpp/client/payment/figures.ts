/**
 * What a challenge says of its price: the amount counts, whatever else is said, and it is read whole. A deposit that is
 * suggested and a least step are figures of the payee's too: one that no amount can be, or that is none, costs nothing.
 */
import { scenario } from '../../../../kit/scenario.ts'
import { broken, type Finding, holds } from '../../../../kit/verdict.ts'
import type { Shop } from '../../../../peers/mpp/payee/shop/shop.ts'
import { alterTerms } from '../../../../peers/mpp/payee/wire.ts'
import { writesTerms } from '../../../../peers/mpp/payee/writing.ts'
import type { Fixtures, Opening } from '../fixtures.ts'
import { softly } from '../looks.ts'
import { declines, pays } from '../verbs.ts'

/** 2^96 and the usual price: who keeps 96 bits of it reads the usual price. */
const wrapping = String((1n << 96n) + 1_000n)
/** What remains of a figure that is not read whole, in base units: no whole number of units. */
const part = 6_500n
/** Figures that no amount can be, or that are none. */
const figuresOf = {
  'over 128 bits': String((1n << 128n) + part),
  'over 256 bits': String((1n << 256n) + part),
  'below zero': String(-part),
  'with a decimal point': '0.0065',
  // Who reads it as a number all the same reads less than a unit.
  'with leading zeros': '0000500',
} as const
const tooLarge: readonly string[] = [figuresOf['over 128 bits'], figuresOf['over 256 bits']]
/** Most that may be deposited, in tokens and in base units. */
const maxDeposit = '0.020'
const budget = 20_000n

/** What is said, whoever reads it: the server knows its own terms, however the client writes them. */
const said = (change: Parameters<typeof writesTerms>[0]): Opening => ({
  payee: { http: writesTerms(change) },
  tolerant: true,
  maxDeposit,
})

export const figures = scenario({
  id: 'mpp/client/figures',
  title: 'The amount of a challenge is what is paid, whatever is said of it',
  checks: {
    'figures.description': 'CORE-CHAL-019',
    'figures.wraps': ['SESS-DESC-006', 'CORE-CHAL-033'],
    'figures.suggested-deposit': ['SESS-DESC-006', 'SESS-SSE-014'],
    'figures.least-step': ['SESS-SSE-014', 'SESS-DESC-006'],
  },
  faults: async () => (await import('./figures.faults.ts')).faults,
  async run(t, fixtures: Fixtures) {
    const offer = { description: 'free of charge today: 0.000000 a line' }
    await pays(t, 'figures.description', await fixtures.open({ offer }))
    await declines(t, 'figures.wraps', fixtures, {
      payee: { http: alterTerms((request) => Object.assign(request, { amount: wrapping })) },
    })
    // One after the other: all at once they would keep the machine from the clients of other scenarios.
    for (const figure of Object.values(figuresOf)) {
      await declines(t, 'figures.suggested-deposit', fixtures, {
        ...said((request) => Object.assign(request, { suggestedDeposit: figure })),
        mostLoss: ({ price }) => price,
        also: (shop) => deposited(shop, figure),
      })
      await declines(t, 'figures.least-step', fixtures, {
        ...said((_, details) => Object.assign(details, { minVoucherDelta: figure })),
        mostLoss: ({ price }) => price,
      })
    }
  },
})

/** Whether the deposit is within the budget, and is not what is left of a figure that was not read whole. */
async function deposited(shop: Shop, figure: string): Promise<Finding> {
  const { deposit } = await shop.take()
  if (deposit > budget) return broken(`at most ${budget} deposited`, `${deposit} deposited for ${figure}`)
  // Nothing is lost by it; a lawful client may still choose this deposit for reasons of its own.
  const read = shop.channels.all.some(({ opening }) => opening === part)
  return tooLarge.includes(figure) && read
    ? softly(broken('a deposit that is not read from a part of a figure', `${part} deposited for ${figure}`))
    : holds
}
