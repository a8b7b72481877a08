/**
 * Resources that are paid for before they are made: ask, verify, claim, settle, then serve, in that order. No byte of
 * content leaves before the settlement succeeded, and no payment is settled twice or buys two answers.
 * Source: x402 specification v2, "Core Payment Flow"; HTTP transports; extension `payment-identifier`.
 */
import * as Digest from '../../codec/digest.ts'
import type { Address } from '../../codec/hex.ts'
import * as Uint from '../../codec/uint.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { Answers } from '../../http/answers.ts'
import { readBody, withBody } from '../../http/body.ts'
import { StoreUnavailable } from '../../store/table.ts'
import type * as Exact from '../wire/exact.ts'
import type { Facilitator } from '../wire/facilitator-api.ts'
import { versions as allVersions, type Version } from '../wire/fields.ts'
import { isUndecided, means, reasonOf } from '../wire/reasons.ts'
import type { Requirements } from '../wire/requirements.ts'
import type { Settlement } from '../wire/settlement.ts'
import { after, type Claim, type ClaimStore, memoryClaims, take } from './claims.ts'
import { consistent } from './consistent.ts'
import { begin } from './delivery.ts'
import { type Incoming, type MatchRule, matchRules, mismatch, paymentIn } from './incoming.ts'
import { type Merchant, type Offer, requirementsOf, resourceOf } from './offer.ts'
import * as Responses from './responses.ts'

/** A paid request, as its author sees it. */
export interface Paid {
  payer: Address
  settlement: Settlement
  /** Says that what is sent is not what was paid for: the same payment may then ask for it again. */
  spoiled(): void
}

/** Makes the content of one paid request. What it throws or answers with 5xx is told, and its payment stays good. */
export type Respond = (request: Request, paid: Paid) => Response | Promise<Response>

/** A resource and its price. */
export interface Resource {
  offer: Offer
  /** Why a request cannot be answered at all; asked before its payment is taken. Sees the request with its body. */
  check?: (request: Request) => Response | undefined | Promise<Response | undefined>
  respond: Respond
}

/** Options of `paywall`. */
export interface PaywallOptions {
  merchant: Merchant
  facilitator: Facilitator
  /** Which payments were used; default in memory, lost with the process. `lmdbClaims` keeps them. */
  claims?: ClaimStore
  /** Wall clock in milliseconds; default `Date.now`. */
  clock?: () => number
  /** Makes the secret that a facilitator knows a settlement by; default `crypto.randomUUID`. */
  newKey?: () => string
  rules?: Readonly<Record<string, MatchRule>>
  /** Told what a facilitator or an author threw; the client is told only that it failed. */
  onError?: (error: unknown) => void
}

/** Sells answers: each is settled before its first byte. */
export interface Paywall {
  /** Builds the fetch handler of a resource. Throws `DecodeError` for an invalid price or address. */
  sells(resource: Resource): (request: Request) => Promise<Response>
}

/** Claims are dropped after so many payments. */
const forgetEvery = 256
/** Longest that a claim is kept, in seconds, for however long it was signed: once settled, the chain takes it no more. */
const keepSeconds = 86_400n

/**
 * Builds a paywall. Its handlers answer 402 without a payment or with one that is refused, 400 for a malformed payment
 * or a body that is too large, 409 when a payment identifier was used otherwise, 503 when the facilitator cannot be
 * asked or the outcome of a settlement is unknown, and 500 when the author throws.
 */
export function paywall(options: PaywallOptions): Paywall {
  const { merchant, claims = memoryClaims(), clock = Date.now, rules = matchRules } = options
  const { onError = () => undefined, newKey = () => crypto.randomUUID() } = options
  const versions = merchant.versions ?? allVersions
  const facilitator = consistent(options.facilitator)
  const answers = new Answers()
  const seconds = () => BigInt(Math.floor(clock() / 1000))
  let taken = 0

  /** One payment of one request. */
  interface Purchase extends Incoming {
    ask: Responses.Ask
    version: Version
    requirements: Requirements
    /** What identifies the payment: the authorization that is used up. */
    name: string
    fingerprint: string
    resource: Resource
    request: Request
    /** Whether its author says that what was sent is not what was paid for. */
    state: { spoiled: boolean }
  }

  /** Settles, unless that was done before, and answers the settlement or why there is none. */
  async function settle(purchase: Purchase): Promise<Settlement | Response> {
    const { ask, version, payment, requirements, exact, fingerprint, name } = purchase
    const until = Uint.min(exact.authorization.validBefore, seconds() + keepSeconds)
    const fresh = newKey()
    const may = await claims.update(name, (claim) => take(claim, fingerprint, until, fresh))
    if (may === 'refused') return Responses.paymentRequired(ask, reasonOf('state'))
    if ('deliver' in may) return may.deliver
    // An undecided payment may be settled already, and then it would not verify: it is not verified again.
    const invalid = may.settle === 'first' ? await verify(purchase) : undefined
    if (invalid !== undefined) {
      await release(name)
      return invalid
    }
    const keyed = may.key === undefined ? {} : { key: may.key }
    const settling = facilitator.settle({ payment, requirements, ...keyed })
    const settlement = await settling.catch((error: unknown) => {
      onError(error)
      return undefined
    })
    if (settlement?.success) {
      await claims.update(name, (claim) => changed(claim, { settlement }))
      return settlement
    }
    if (settlement === undefined || isUndecided(settlement.errorReason ?? undefined)) {
      // It is kept for this request, and taken for no other.
      await claims.update(name, (claim) => changed(claim, { state: 'undecided', left: true }))
      return Responses.undecided()
    }
    // Left without an outcome and used by now: most likely it was settled then. Whoever hears 402 would pay again.
    const reason = settlement.errorReason ?? undefined
    const used = means(reason, 'state') || means(reason, 'key')
    const kept = await claims.update(name, (claim) =>
      used && claim?.left === true
        ? { claim: { ...claim, state: 'undecided' }, answer: true }
        : { claim: undefined, answer: false },
    )
    return kept ? Responses.undecided() : Responses.notSettled(ask, version, settlement)
  }

  /** Why a payment would not be settled; nothing has moved yet. */
  async function verify({ payment, requirements, ask }: Purchase): Promise<Response | undefined> {
    try {
      const { isValid, invalidReason } = await facilitator.verify({ payment, requirements })
      return isValid ? undefined : Responses.paymentRequired(ask, invalidReason ?? reasonOf('payload'))
    } catch (error) {
      onError(error)
      return Responses.unavailable()
    }
  }

  const release = (name: string) => claims.update(name, () => ({ claim: undefined, answer: undefined }))

  /** Makes the content of a settled payment. */
  async function serve(purchase: Purchase, settlement: Settlement): Promise<Response> {
    const { resource, request, version, exact, name } = purchase
    const fields = Responses.receipt(version, settlement)
    const paid: Paid = {
      payer: exact.authorization.from,
      settlement,
      spoiled: () => {
        purchase.state.spoiled = true
      },
    }
    try {
      const made = await resource.respond(request, paid)
      if (made.status >= 500) {
        await claims.update(name, (claim) => after(claim, false))
        return Responses.withFields(made, fields)
      }
      const { response, ended } = await begin(made)
      void ended
        .then(async (how) => {
          const complete = how === 'complete' && !purchase.state.spoiled
          await Promise.all([
            claims.update(name, (claim) => after(claim, complete)),
            complete ? bind(purchase) : undefined,
          ])
        })
        .catch(onError)
      return Responses.withFields(response, fields)
    } catch (error) {
      onError(error)
      await claims.update(name, (claim) => after(claim, false))
      return Responses.withFields(Responses.failed(), fields)
    }
  }

  async function buy(purchase: Purchase): Promise<Response> {
    const { ask, payment, requirements, resource, request } = purchase
    const wrong = mismatch({ payment, requirements, resource: ask.resource }, rules)
    if (wrong !== undefined) return Responses.paymentRequired(ask, wrong)
    const unanswerable = await resource.check?.(request.clone())
    if (unanswerable !== undefined) return unanswerable
    if (++taken % forgetEvery === 0) await claims.forget(seconds())
    const settled = await settle(purchase)
    return settled instanceof Response ? settled : serve(purchase, settled)
  }

  /** What an id stands for: its payment and its request. */
  const identity = ({ field, fingerprint }: Purchase): string =>
    Digest.encode(Utf8.encode(`${fingerprint} ${field}`))
  const nameOfId = ({ exact }: Purchase, id: string): string => `id ${exact.authorization.from} ${id}`

  /** Remembers what an id was used for, longer than its answer is kept. */
  async function bind(purchase: Purchase): Promise<void> {
    const { id, exact } = purchase
    if (id === undefined) return
    const until = Uint.min(exact.authorization.validBefore, seconds() + keepSeconds)
    const claim: Claim = { fingerprint: identity(purchase), state: 'used', deliveries: 1, until }
    await claims.update(nameOfId(purchase, id), () => ({ claim, answer: undefined }))
  }

  /** The answer a payment with this id got, or a new one. */
  async function once(purchase: Purchase, id: string): Promise<Response> {
    const { exact, field, fingerprint } = purchase
    const key = { name: `${exact.authorization.from} ${id}`, fingerprint, payment: field }
    const bound = await claims.update(nameOfId(purchase, id), (claim) => ({
      claim,
      answer: claim?.fingerprint,
    }))
    if (bound !== undefined && bound !== identity(purchase)) return Responses.conflict()
    const remember = () =>
      answers.remember(
        key,
        () => buy(purchase),
        (end) => end === 'complete' && !purchase.state.spoiled,
      )
    for (;;) {
      const first = answers.find(key)
      if (first === undefined) return remember()
      if (first.payment !== field || first.fingerprint !== fingerprint) return Responses.conflict()
      const answer = await first.answer()
      if (answer instanceof Response) return answer
      // There is no answer to repeat. The claim decides what the payment is still good for, and one of the waiting
      // requests asks.
      if (answers.find(key) === first) return remember()
    }
  }

  return {
    sells(resource) {
      const requirements = requirementsOf(merchant, resource.offer)
      return async (request) => {
        const { url } = request
        const ask: Responses.Ask = {
          resource: resourceOf(url, resource.offer),
          requirements: new Map(versions.map((version) => [version, requirements(version, url)])),
        }
        const body = await readBody(request)
        if (body === undefined) return Responses.badRequest('the body is too large')
        const found = paymentIn(request.headers, versions)
        if (found === 'none') return Responses.paymentRequired(ask, 'payment required')
        if ('malformed' in found) return Responses.badRequest(found.malformed)
        const { version } = found.payment
        const asked = requirements(version, url)
        const { from, nonce } = found.exact.authorization
        const purchase: Purchase = {
          ...found,
          ask,
          resource,
          version,
          requirements: asked,
          name: `${asked.asset} ${from} ${nonce}`,
          fingerprint: fingerprintOf(request, body, found.exact),
          request: withBody(request, body),
          state: { spoiled: false },
        }
        try {
          return await (found.id === undefined ? buy(purchase) : once(purchase, found.id))
        } catch (error) {
          if (!(error instanceof StoreUnavailable)) throw error
          onError(error)
          return Responses.undecided()
        }
      }
    },
  }
}

const changed = (claim: Claim | undefined, change: Partial<Claim>) => ({
  claim: claim === undefined ? undefined : { ...claim, ...change },
  answer: undefined,
})

/**
 * Identifies a request by method, URL and body, with what was signed for it. A payment used for one request buys no
 * other; and whoever read its nonce on the chain, and cannot sign it, is not taken for its payer.
 */
function fingerprintOf({ method, url }: Request, body: Uint8Array, exact: Exact.ExactPayload): string {
  const { to, value, validAfter, validBefore } = exact.authorization
  const signed = [to, value, validAfter, validBefore, exact.signature].join(' ').toLowerCase()
  const head = Utf8.encode(`${method} ${url}\n${signed}\n`)
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return Digest.encode(whole)
}
