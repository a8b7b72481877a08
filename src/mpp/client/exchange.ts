/** Sends credentials and reads their answers: what got lost is sent again as it was, what comes too early later. */

import { drop, type Limits, retryAfterMs } from '../../http/limits.ts'
import * as Challenge from '../wire/challenge.ts'
import type { Payload } from '../wire/payload.ts'
import type { Receipt } from '../wire/receipt.ts'
import type { SessionRequest } from '../wire/session-request.ts'
import type { Answer, Http, Sending } from './http.ts'
import type { Offer, Offers } from './offers.ts'
import { PolicyError } from './policy.ts'
import type { ClientRules } from './rules.ts'
import { type PaymentRefused, receiptOf, refusalOf, ServerError, withCredential } from './wire.ts'

export interface ExchangeOptions {
  http: Http
  offers: Offers
  limits: Limits
  clock: () => number
  rules: Pick<ClientRules, 'retry'>
  /** Who pays, as a DID. */
  source: () => Promise<string>
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>
}

/** A request that only changes the channel. */
export interface Management {
  url: string
  payload: Payload
  /** The terms of the channel. */
  terms: SessionRequest
  signal?: AbortSignal | undefined
}

export class Exchange {
  readonly #options: ExchangeOptions
  /**
   * The caller's own Authorization, such as a login. It is also sent when the channel is managed, where the challenge
   * selects Payment-Authorization for the payment (CORE-HDR-013).
   */
  login: string | undefined

  constructor(options: ExchangeOptions) {
    this.#options = options
  }

  /**
   * Sends a payment. A request without an answer is repeated byte for byte: the payee counts the same credential once,
   * and recognises the call by its Idempotency-Key. Rejects with `ServerError` `no-answer` when none comes.
   */
  async pay(sending: Sending, { challenge }: Offer, payload: Payload, key?: string): Promise<Answer> {
    const { http, source, rules } = this.#options
    const headers = withCredential(sending.headers, challenge, payload, await source())
    for (let repeats = 0; ; repeats++) {
      if (key !== undefined) headers.set('idempotency-key', rules.retry.key({ key, repeats }))
      try {
        return await http.send({ ...sending, headers })
      } catch (error) {
        const stopped = sending.signal?.aborted || error instanceof PolicyError
        if (stopped || !rules.retry.repeats({ repeats })) throw stopped ? error : unanswered(error, sending)
      }
    }
  }

  /**
   * Sends a credential that asks for no content, and answers its receipt. A server that does not support HEAD is asked
   * by POST. One that asks to wait is sent the same credential later. A challenge that no longer holds is replaced
   * once.
   */
  async manage(method: 'HEAD' | 'POST', management: Management): Promise<Receipt> {
    const { url, payload, terms } = management
    const { offers, limits, clock, rules } = this.#options
    let by = method
    let offer = offers.management(url) ?? (await this.#ask(management))
    let { response } = await this.#patiently(by, offer, management)
    if (by === 'HEAD' && rules.retry.byPost(response)) {
      await drop(response)
      by = 'POST'
      ;({ response } = await this.#patiently(by, offer, management))
    }
    if (response.status === 402) {
      const expired = Challenge.isExpired(offer.challenge, clock())
      const refusal = await refusalOf(payload.action, response, limits)
      // Without a problem body the reason is unknown; the challenge may have been the cause.
      if (!(expired || refusal.problem === undefined || rules.retry.freshChallenge(refusal))) throw refusal
      offer = await freshOffer(offers.take(response, { url, method: by }, terms), refusal)
      ;({ response } = await this.#patiently(by, offer, management))
    }
    if (!response.ok) throw await refusalOf(payload.action, response, limits)
    const receipt = receiptOf(response)
    await drop(response)
    if (receipt === undefined)
      throw new ServerError('no-receipt', `${payload.action} was answered without a receipt`)
    return receipt
  }

  /** Sends a credential, and sends it again while the server asks to wait. */
  async #patiently(method: string, offer: Offer, { url, payload, signal }: Management): Promise<Answer> {
    const { limits, clock, rules, sleep } = this.#options
    let patienceMs = limits.patienceMs
    for (;;) {
      const answer = await this.pay(
        { url, method, headers: this.#headers(), body: undefined, signal },
        offer,
        payload,
      )
      const { response } = answer
      const { status } = response
      const pause = rules.retry.pause({ status, retryAfterMs: retryAfterMs(response, clock()), patienceMs })
      if (pause === undefined) return answer
      await drop(response)
      await sleep(pause, signal)
      patienceMs -= Math.max(pause, 1)
    }
  }

  #headers(): Headers {
    return new Headers(this.login === undefined ? {} : { authorization: this.login })
  }

  /** Asks for a challenge that is bound to no body. */
  async #ask({ url, terms, signal }: Management): Promise<Offer> {
    const { http, offers } = this.#options
    for (const method of ['HEAD', 'POST', 'GET']) {
      const { response } = await http.send({ url, method, headers: this.#headers(), body: undefined, signal })
      await drop(response)
      if (response.status === 402) return offers.take(response, { url, method }, terms)
    }
    throw new PolicyError('no-usable-challenge', `${url} offers no challenge to manage its channel with`)
  }
}

/** `fetch` reports a lost answer as a `TypeError`; a late answer has an error of its own. */
function unanswered(error: unknown, { url }: Pick<Sending, 'url'>): unknown {
  if (!(error instanceof TypeError)) return error
  const message = `${url} was sent a payment and gave no answer: ${error.message}`
  return new ServerError('no-answer', message, { cause: error })
}

/** The offer that came with a refusal; where none did, the refusal itself says more. */
export async function freshOffer(taken: Promise<Offer>, refusal: PaymentRefused): Promise<Offer> {
  try {
    return await taken
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'no-usable-challenge') throw refusal
    throw error
  }
}
