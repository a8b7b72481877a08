/**
 * Checks an offer when its handler is built, so that an invalid offer fails at start-up with a `TypeError`, and not
 * with a 500 at each request.
 */
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

/** Throws `TypeError` for an amount that is none, text no header field can carry, or a time that is none. */
export function checkOffer(offer: Offered, { realm }: Pick<Payee, 'realm'>): void {
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
}

/** Does what making a challenge will do. */
function sound(what: string, make: () => unknown): void {
  try {
    make()
  } catch (error) {
    const expected = error instanceof DecodeError || error instanceof TypeError || error instanceof RangeError
    if (!expected) throw error
    throw new TypeError(`${what} cannot be offered: ${error.message}`, { cause: error })
  }
}
