/**
 * The verbs of kit/verbs.ts for runs of a client: a client that signs takes what is asked, one that does not refuses
 * it.
 */
import type { Version } from '../../../../src/x402/wire/fields.ts'
import * as Verbs from '../../../kit/verbs.ts'
import { broken, type Finding, holds, holdsIf, unjudged } from '../../../kit/verdict.ts'
import type { Visit } from '../../../peers/x402/payee/shop/shop.ts'

/** How a run ended, in one line. */
export const describe = ({ ran, seen, signed }: Visit): string =>
  `${signed.length} signed in ${seen.length} requests, ended with ${ran.stopped ?? ran.code ?? 'a signal'}`

export const { refuses } = Verbs.verbs<Visit>({
  taken: 'a payment',
  refused: 'nothing signed',
  said: (visit) => ({ how: visit.signed.length > 0 ? 'taken' : 'refused', text: describe(visit) }),
})

/** Whether a client says that something went wrong once it has paid: it ends with an error. */
export function reports(visit: Visit, what: string): Finding {
  if (!visit.seen.some(({ paid }) => paid)) return unjudged('nothing was paid')
  return holdsIf(
    visit.ran.code !== 0 && visit.ran.stopped === undefined,
    `${what} is told as an error`,
    describe(visit),
  )
}

/** Whether the paid request is the one that was asked to pay. */
export function sameRequest({ seen }: Visit, version: Version): Finding {
  // Whoever looks first by another method, or asks twice, has sent the paid request without its payment as well.
  const unpaid = seen.filter((each) => !each.paid)
  const paid = seen.find((each) => each.payment !== undefined)
  const [first] = unpaid
  if (paid === undefined || first === undefined)
    return unjudged('there was no request with and one without payment')
  const same = unpaid.some(
    (each) => paid.method === each.method && paid.body === each.body && paid.contentType === each.contentType,
  )
  return same
    ? holds
    : broken(
        `v${version}: the same request with its payment`,
        `${paid.method} with ${paid.body.length} bytes of "${paid.contentType}" for ${first.method} with ${first.body.length} of "${first.contentType}"`,
      )
}
