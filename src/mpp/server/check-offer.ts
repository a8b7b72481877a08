/**
 * Checks an offer when its handler is built, so that an invalid offer fails at start-up with a `TypeError`, and not
 * with a 500 at each request.
 */
import { z } from 'zod'
import * as AuthParams from '../../codec/auth-params.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import * as Uint from '../../codec/uint.ts'
import * as Challenge from '../wire/challenge.ts'
import type { Payee } from './payee.ts'

/** What sessions and charges offer alike. */
export interface Offered {
  amount: string
  suggestedDeposit?: string
  minVoucherDelta?: string
  description?: string
  opaque?: Readonly<Record<string, string>>
  challengeTtlSeconds?: number
  needVoucherTimeoutMs?: number
  chargeAhead?: number
}

/** A challenge stays below it, in characters: what is longer is read by few (CORE-CHAL-025). */
export const maxChallengeChars = 8_192

/**
 * Throws `TypeError` for an amount that is none, text no header field can carry, a time that is none, or a challenge that
 * cannot be made or is too long. `example` makes one.
 */
export function checkOffer(
  offer: Offered,
  { realm }: Pick<Payee, 'realm'>,
  example: () => Challenge.Challenge,
): void {
  for (const name of ['amount', 'suggestedDeposit', 'minVoucherDelta'] as const) {
    const text = offer[name]
    if (text !== undefined) sound(`${name} ${JSON.stringify(text)}`, () => Uint.fromDecimal(text))
  }
  for (const name of ['challengeTtlSeconds', 'needVoucherTimeoutMs'] as const) {
    const time = offer[name]
    if (time !== undefined && !(Number.isFinite(time) && time > 0))
      throw new TypeError(`${name} ${time} is no positive number`)
  }
  const { description = '', opaque, chargeAhead = 1 } = offer
  if (!Number.isSafeInteger(chargeAhead) || chargeAhead < 1)
    throw new TypeError(`chargeAhead ${chargeAhead} is no positive whole number`)
  sound(`description ${JSON.stringify(description)}`, () =>
    AuthParams.encode(Challenge.scheme, [
      ['realm', realm],
      ['description', description],
    ]),
  )
  if (opaque !== undefined)
    sound('opaque', () => {
      for (const [name, value] of Object.entries(opaque))
        if (typeof value !== 'string') throw new TypeError(`${name} is no string`)
      return Challenge.encodeObject(opaque)
    })
  sound('this', () => {
    const { length } = Challenge.encode(example())
    if (length >= maxChallengeChars)
      throw new TypeError(`its challenge has ${length} characters; clients read up to ${maxChallengeChars}`)
  })
}

/** Does what making a challenge will do. */
function sound(what: string, make: () => unknown): void {
  try {
    make()
  } catch (error) {
    const expected = [DecodeError, z.ZodError, TypeError, RangeError].some((kind) => error instanceof kind)
    if (!expected) throw error
    throw new TypeError(`${what} cannot be offered: ${(error as Error).message}`, { cause: error })
  }
}
