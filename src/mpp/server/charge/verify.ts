/** From an echoed charge challenge and its payload to what can be collected: the same over HTTP and over JSON-RPC. */
import { DecodeError } from '../../../codec/decode-error.ts'
import type { Credential } from '../../wire/credential.ts'
import { type Refusal, refuse } from '../../wire/problem.ts'
import * as TempoCharge from '../../wire/tempo-charge.ts'
import type { Payee } from '../payee.ts'
import { check } from '../rules/rule.ts'
import type { ChargeInput } from './collect.ts'
import { type ChargeOffer, chargeTerms } from './offer.ts'

/** What a credential came with. */
export interface Carried {
  /** The field it came in; JSON-RPC has none, and its challenges name none. */
  field?: string
  body?: Uint8Array
  /** The operation it was sent to, where one URL has several. */
  operation?: string
}

/** Verifies a credential for an offer, as far as that needs no chain. */
export async function verifyCharge(
  payee: Payee,
  offer: ChargeOffer,
  { challenge, payload, source }: Credential,
  { field = 'Authorization', body = new Uint8Array(), operation }: Carried,
): Promise<ChargeInput | Refusal> {
  const asked = orUndefined(() => TempoCharge.decode(challenge.request))
  const refusal = check(payee.rules.chargeChallenge, {
    echo: challenge,
    field,
    asked,
    offered: await chargeTerms(offer, payee),
    realm: payee.realm,
    secret: payee.secrets,
    body,
    operation,
    now: payee.clock(),
  })
  if (refusal !== undefined) return refusal
  const decoded = orUndefined(() => TempoCharge.payloadFromJson(payload))
  if (asked === undefined || decoded === undefined)
    return refuse('invalid-payload', 'a tempo charge is answered with a transaction, its hash, or a proof')
  return { challenge, asked, payload: decoded, source }
}

function orUndefined<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
