/** The verbs of kit/verbs.ts for answers of a facilitator: `isValid` or `success` takes, anything else refuses. */
import * as Verbs from '../../../kit/verbs.ts'
import type { Told } from '../../../peers/x402/payer/caller.ts'

/** What was said, in a line. */
export const describe = ({ exchange, body }: Told): string => `${exchange.status} ${body.slice(0, 120)}`

/** Whether an answer says that a payment is good, or settled. */
export const isGood = ({ exchange, said }: Told): boolean =>
  exchange.accepted && (said?.['isValid'] === true || said?.['success'] === true)

export const { accepts, refuses, refusesEach } = Verbs.verbs<Told>({
  taken: 'a payment that is good',
  refused: 'a payment that is no good',
  said: (answer) => ({ how: isGood(answer) ? 'taken' : 'refused', text: describe(answer) }),
})

/** Why it was refused, as the answer has it. */
export const reasonIn = ({ said }: Told): string | undefined => {
  const reason = said?.['invalidReason'] ?? said?.['errorReason']
  return typeof reason === 'string' ? reason : undefined
}
