/** Challenges that can be answered, by what they were asked for, and the terms that the payer agreed to. */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Digest from '../../codec/digest.ts'
import type { Challenge } from '../wire/challenge.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { Call } from './call.ts'
import { agree, type Policy, PolicyError } from './policy.ts'
import type { ClientRules } from './rules.ts'
import { Agreements, type TermsChange } from './terms.ts'
import { firstPayable, usableChallenges } from './wire.ts'

/** A challenge and what it asks for. */
export interface Offer {
  challenge: Challenge
  terms: SessionRequest
}

/** Challenges that are kept; the oldest go first. */
const maxOffers = 256

export interface OffersOptions {
  policy: () => Promise<Policy>
  clock: () => number
  rules: Pick<ClientRules, 'challenge' | 'terms' | 'retry'>
  /** Whether other terms than those agreed to will do; default no. */
  onTerms: ((change: TermsChange) => boolean | Promise<boolean>) | undefined
  /** Told of terms when they are agreed to first, and when they change. */
  onAgreed: (terms: SessionRequest) => void
}

export class Offers {
  readonly #options: OffersOptions
  readonly #agreements: Agreements
  readonly #kept = new Map<string, Offer & { url: string }>()

  constructor(options: OffersOptions) {
    this.#options = options
    this.#agreements = new Agreements(options.rules.terms.changes)
  }

  /**
   * The offer of a 402 to pay: the first one that the policy and the current channel allow. Terms that differ from the
   * agreed ones need consent before anything is signed. Rejects with `PolicyError`.
   */
  async take(response: Response, { url, method }: Pick<Call, 'url' | 'method'>, on?: SessionRequest) {
    const { policy: policyOf, clock, rules, onTerms, onAgreed } = this.#options
    const policy = await policyOf()
    const offer = firstPayable(usableChallenges(response), (challenge) => {
      const terms = agree(challenge, policy, clock(), rules.challenge)
      const moved = on === undefined ? undefined : rules.terms.sameChannel(on, terms)
      if (moved !== undefined) throw new PolicyError(moved.code, moved.message, challenge)
      return terms
    })
    const change = this.#agreements.change(url, offer.terms)
    const agreedTo = change === undefined || isWithin(policy, change) || (await onTerms?.(change)) === true
    if (!agreedTo)
      throw new PolicyError(
        'changed-terms',
        `the server asks for other terms than were agreed to: ${change.changed.map((name) => said(name, change)).join(', ')}`,
        offer.challenge,
      )
    if (change !== undefined || this.#agreements.empty) onAgreed(offer.terms)
    this.#agreements.add(url, offer.terms)
    this.keep(method, url, offer)
    return offer
  }

  /** Keeps an offer for more requests of a kind. */
  keep(method: string, url: string, offer: Offer): void {
    const name = `${method} ${url}`
    this.#kept.delete(name)
    this.#kept.set(name, { ...offer, url })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > maxOffers && oldest !== undefined) this.#kept.delete(oldest)
  }

  /** An offer that a call can answer: one that is bound to another body is none. */
  find({ method, url, body }: Pick<Call, 'method' | 'url' | 'body'>): Offer | undefined {
    const offer = this.#kept.get(`${method} ${url}`)
    return offer !== undefined && this.#holds(offer) && isFor(offer.challenge, body) ? offer : undefined
  }

  /** An offer under which the channel of a resource can be managed: one that is bound to no body. */
  management(url: string): Offer | undefined {
    return [...this.#kept.values()]
      .reverse()
      .find((offer) => offer.url === url && offer.challenge.digest === undefined && this.#holds(offer))
  }

  #holds({ challenge }: Offer): boolean {
    const { rules, clock } = this.#options
    return rules.retry.stillHolds({ challenge, now: clock() })
  }
}

/** Whether a challenge may be answered with this body. */
function isFor({ digest }: Challenge, body: Uint8Array | undefined): boolean {
  if (digest === undefined) return true
  try {
    return Digest.verify(digest, body ?? new Uint8Array())
  } catch (error) {
    if (error instanceof DecodeError) return false
    throw error
  }
}

/** Whether only the price changed, and it is within `maxPrice`. */
const isWithin = ({ maxPrice }: Policy, { changed, asked }: TermsChange): boolean =>
  maxPrice !== undefined && asked.amount <= maxPrice && changed.every((name) => name === 'amount')

function said(name: TermsChange['changed'][number], { agreed, asked }: TermsChange): string {
  if (name === 'amount') return `a unit costs ${asked.amount}, not ${agreed.amount}`
  if (name === 'unitType') return `a unit is ${asked.unitType}, not ${agreed.unitType}`
  if (name === 'feePayer') return 'the fees are left to the payer'
  return `vouchers are to rise by ${asked.methodDetails.minVoucherDelta}`
}
