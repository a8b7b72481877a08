/**
 * The verbs of kit/verbs.ts for runs of a client: a client that signs takes what is asked, one that does not refuses
 * it.
 */
import * as Verbs from '../../../kit/verbs.ts'
import { type Finding, holdsIf } from '../../../kit/verdict.ts'
import type { Visit } from '../../../peers/x402/payee/shop/shop.ts'

/** How a run ended, in one line. */
export const describe = ({ ran, seen, signed }: Visit): string =>
  `${signed.length} signed in ${seen.length} requests, ended with ${ran.stopped ?? ran.code ?? 'a signal'}`

export const { refuses } = Verbs.verbs<Visit>({
  taken: 'a payment',
  refused: 'nothing signed',
  said: (visit) => ({ how: visit.signed.length > 0 ? 'taken' : 'refused', text: describe(visit) }),
})

/** Whether a client says that something went wrong: it ends with an error. */
export const reports = (visit: Visit, what: string): Finding =>
  holdsIf(
    visit.ran.code !== 0 && visit.ran.stopped === undefined,
    `${what} is told as an error`,
    describe(visit),
  )
