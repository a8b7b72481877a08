/** What can be read off a client's requests: facts about each credential, judged one by one. */
import { absent, Blocked, broken, type Finding, holds } from '../../../kit/verdict.ts'
import type { Seen, SentCredential } from '../../../peers/mpp/payee/shop/sent.ts'
import type { Shop } from '../../../peers/mpp/payee/shop/shop.ts'

/** A request with a credential. */
export type Paid = Seen & { credential: SentCredential }

/** The credentials that came to a shop, of these actions or any; in whatever letters the action is written. */
export const paidIn = ({ seen }: Pick<Shop, 'seen'>, ...actions: readonly string[]): Paid[] =>
  seen.filter(
    (each): each is Paid =>
      each.credential !== undefined &&
      (actions.length === 0 || actions.includes(actionOf(each.credential).toLowerCase())),
  )

export const actionOf = ({ raw }: SentCredential): string => String(raw['action'])

/** Holds when it does for every credential: `wrong` says what is wrong with one. Throws `Blocked` where there is none. */
export function each(
  paid: readonly Paid[],
  expected: string,
  wrong: (paid: Paid) => string | undefined,
): Finding {
  if (paid.length === 0) throw new Blocked('the client sent none')
  for (const one of paid) {
    const actual = wrong(one)
    if (actual !== undefined)
      return broken(expected, `${actionOf(one.credential)}: ${actual}`, { exchange: one.exchange })
  }
  return holds
}

/** As `each`, for what a client need not send: where it sent none, nothing is judged, for that reason. */
export const eachIfAny = (
  paid: readonly Paid[],
  why: string,
  expected: string,
  wrong: (paid: Paid) => string | undefined,
): Finding => (paid.length === 0 ? absent(why) : each(paid, expected, wrong))

/** The finding, as a warning where it is broken. */
export const softly = (finding: Finding): Finding =>
  finding.found === 'broken' ? { ...finding, softly: true } : finding

/** The parameters of the challenge that a credential answers: by its id, or the last one that was issued before it. */
export function answered({ issued }: Shop, { credential, exchange }: Paid): ReadonlyMap<string, string> {
  const byId = issued.find(({ id }) => id === credential.challenge['id'])
  const before = issued.findLast((each) => each.exchange < exchange)
  const params = (byId ?? before)?.params
  if (params === undefined) throw new Blocked('no challenge was issued before')
  return params
}
