/** The client's requests: redirects by hand, a time limit, and the caller's signal on every one. */

import { drop, type Limits, within } from '../../http/limits.ts'
import { becomesGet, locationOf } from '../../http/redirect.ts'
import type { Call } from './call.ts'
import { firstDecline, PolicyError, type Rule } from './policy.ts'
import { type RedirectInput, redirectRules } from './redirect.ts'

export interface Sending extends Pick<Call, 'url' | 'method' | 'body'> {
  headers: Headers
  signal?: AbortSignal | undefined
  redirect?: RequestRedirect
}

/** An answer, and where it came from after redirects. */
export interface Answer {
  response: Response
  url: string
}

export class Http {
  readonly #fetch: typeof globalThis.fetch
  readonly #limits: Limits
  readonly #rules: Readonly<Record<string, Rule<RedirectInput>>>

  constructor(
    fetch: typeof globalThis.fetch,
    limits: Limits,
    rules: Readonly<Record<string, Rule<RedirectInput>>> = redirectRules,
  ) {
    this.#fetch = fetch
    this.#limits = limits
    this.#rules = rules
  }

  /** Sends a request. Throws `PolicyError` `redirected`, `TimeoutError`, or what fetch throws. */
  async send(sending: Sending): Promise<Answer> {
    const { redirect = 'follow' } = sending
    let { url, method, body } = sending
    const headers = new Headers(sending.headers)
    for (let hops = 0; ; hops++) {
      const response = await this.#once({ ...sending, url, method, body, headers })
      if (response.type === 'opaqueredirect')
        throw new PolicyError('redirected', `${url} redirects, and the browser does not say where`)
      const to = locationOf(response, url)
      if (to === undefined || redirect === 'manual') return { response, url }
      await drop(response)
      if (redirect === 'error') throw new PolicyError('redirected', `${url} redirects`)
      const declined = firstDecline(this.#rules, { from: url, to, hops })
      if (declined !== undefined) throw new PolicyError(declined.code, declined.message)
      if (becomesGet(response.status, method)) {
        method = 'GET'
        body = undefined
        headers.delete('content-type')
      }
      url = to
    }
  }

  async #once({ url, method, headers, body, signal }: Sending): Promise<Response> {
    const late = new AbortController()
    const signals = signal === undefined ? [late.signal] : [signal, late.signal]
    const { answerTimeoutMs } = this.#limits
    const init: RequestInit = { method, headers, redirect: 'manual', signal: AbortSignal.any(signals) }
    if (body !== undefined) init.body = body
    const message = `${url}: no answer within ${answerTimeoutMs / 1000} s`
    return within(answerTimeoutMs, message, this.#fetch(url, init), (error) => late.abort(error))
  }
}
