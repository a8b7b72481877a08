/** What a resource costs, and the payment requirements that say so in each version. */

import * as Hex from '../../codec/hex.ts'
import type { JsonObject } from '../../codec/json.ts'
import * as Uint from '../../codec/uint.ts'
import type { Domain } from '../../contracts/transfer-authorization.ts'
import * as Exact from '../wire/exact.ts'
import type { Version } from '../wire/fields.ts'
import { networkOf } from '../wire/network.ts'
import * as Requirements from '../wire/requirements.ts'

/** Who is paid, in which token, on which chain. */
export interface Merchant {
  payTo: Hex.Address
  token: Domain
  chainId: number
  /** Decimal places of the token; default 6. */
  decimals?: number
  /** Versions that are offered and taken; default both. */
  versions?: readonly [Version, ...Version[]]
}

/** What is sold, and for how much. */
export interface Offer {
  /** The price in tokens, "0.01". */
  amount: string
  /** For people; never verified. */
  description?: string
  mimeType?: string
  /** Seconds a client has to pay; default 60. */
  maxTimeoutSeconds?: number
}

/** Default of `maxTimeoutSeconds`. */
export const defaultTimeoutSeconds = 60
/**
 * Money moves before the content is made; v2 has a name for that order, so that clients know. The default there is the
 * other one, under which content must be held back until it is paid for, and a stream could not begin.
 */
const paymentFlow = 'upfront'

/** What a URL is, as a 402 describes it. */
export const resourceOf = (url: string, { description, mimeType }: Offer): Requirements.Resource => ({
  url,
  ...(description === undefined ? {} : { description }),
  ...(mimeType === undefined ? {} : { mimeType }),
})

/** Builds the requirements of a URL. Throws `DecodeError` for a price that is none, or an address that is none. */
export function requirementsOf(
  merchant: Merchant,
  offer: Offer,
): (version: Version, url: string) => Requirements.Requirements {
  const { token, chainId, decimals = 6 } = merchant
  const amount = Uint.fromDecimal(offer.amount, decimals)
  const payTo = Hex.address(merchant.payTo)
  const asset = Hex.address(token.address)
  const { name, version: tokenVersion } = token
  return (version, url) => {
    const extra: JsonObject = { name, version: tokenVersion, ...(version === 2 ? { paymentFlow } : {}) }
    const terms = {
      scheme: Exact.scheme,
      network: networkOf(version, chainId),
      amount,
      asset,
      payTo,
      maxTimeoutSeconds: offer.maxTimeoutSeconds ?? defaultTimeoutSeconds,
      extra,
    }
    return Requirements.from(version, terms, resourceOf(url, offer))
  }
}
