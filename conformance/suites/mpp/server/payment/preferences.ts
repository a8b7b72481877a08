/** What a client says it can pay with decides what it is offered, and in which order. */
import type { Exchange } from '../../../../harness/http.ts'
import { scenario } from '../../../../kit/scenario.ts'
import { absent, Blocked, broken, type Finding, holds, holdsIf } from '../../../../kit/verdict.ts'
import { offers, type Params } from '../../../../peers/mpp/payer/offer.ts'
import type { Subject } from '../../../../peers/mpp/payer/subject.ts'
import type { Fixtures } from '../fixtures.ts'

export const preferences = scenario({
  id: 'mpp/server/preferences',
  title: 'Accept-Payment decides what is offered, and in which order',
  checks: {
    'preferences.absent': 'CORE-ACC-006',
    'preferences.usual': 'CORE-ACC-002',
    'preferences.unusable': ['CORE-ACC-007', 'CORE-STAT-007'],
    'preferences.only-matching': 'CORE-ACC-003',
    'preferences.order': 'CORE-ACC-004',
    'preferences.most-specific': 'CORE-ACC-005',
  },
  faults: () => import('./preferences.faults.ts').then(({ faults }) => faults),

  async run(t, { subject }: Fixtures) {
    const everything = await offered(subject)
    const usual = await offered(subject, 'tempo/session')
    // Who never asks for payment is told so by the check about that.
    if (everything.names.length + usual.names.length === 0) throw new Blocked(subject.illegible)
    await t.check('preferences.absent', () =>
      holdsIf(everything.names.includes('tempo/session'), 'an offer of tempo/session', everything.said),
    )
    if (![...everything.names, ...usual.names].includes('tempo/session')) throw new Blocked(subject.illegible)
    await t.check('preferences.usual', () =>
      holdsIf(usual.names.includes('tempo/session'), 'tempo/session offered to who asks for it', usual.said),
    )
    await t.check('preferences.unusable', async () => {
      for (const field of [
        'tempo/session;q=0',
        'x402/exact',
        'tempo/session;q=9',
        '""',
        ';;;',
        'x'.repeat(9_000),
      ]) {
        const { answer, names, said } = await offered(subject, field)
        // The usual offers, or another refusal: never a 402 that cannot be paid.
        if (answer.accepted || (answer.status === 402 && names.length === 0))
          return broken(`the usual offers to ${field.slice(0, 20)}`, said)
      }
      return holds
    })
    const [first, second] = new Set(everything.names)
    const choice = (judge: (a: string, b: string) => Promise<Finding>) => async () =>
      first === undefined || second === undefined
        ? absent('only one way to pay is offered')
        : judge(first, second)
    await t.check(
      'preferences.only-matching',
      choice(async (a, b) => {
        const { names, said } = await offered(subject, b)
        return holdsIf(names.includes(b) && !names.includes(a), `${b} alone`, said)
      }),
    )
    await t.check(
      'preferences.order',
      choice(async (a, b) => {
        const wanted = await offered(subject, `${a};q=0.2, ${b};q=0.9`)
        return holdsIf(wanted.names.indexOf(b) < wanted.names.indexOf(a), `${b} before ${a}`, wanted.said)
      }),
    )
    await t.check(
      'preferences.most-specific',
      choice(async (a, b) => {
        const { names, said } = await offered(subject, `*/*;q=0.5, ${a};q=0`)
        return holdsIf(!names.includes(a) && names.includes(b), `${b} without ${a}`, said)
      }),
    )
  },
})

const nameOf = (params: Params): string => `${params.get('method')}/${params.get('intent')}`

/** What is offered under a preference, as method/intent in order. */
async function offered(
  subject: Subject,
  acceptPayment?: string,
): Promise<{ answer: Exchange; names: string[]; said: string }> {
  const headers = acceptPayment === undefined ? [] : ([['accept-payment', acceptPayment]] as const)
  const answer = await subject.request({ headers })
  await answer.text()
  const names = offers(answer).map(nameOf)
  return { answer, names, said: `${answer.status} with ${names.join(', ') || 'no offer'}` }
}
