/** The client's requests: in time, and redirected only to where its rules allow. */

import { fetchInTime } from '../../http/careful-fetch.ts'
import type { Limits } from '../../http/limits.ts'
import { follow, type Hop } from '../../http/redirect.ts'
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
    const send = (hop: Hop<Sending['body']>) => this.#once({ ...sending, ...hop, body: hop.body })
    return follow<Sending['body']>(sending, send, redirect, (from, to, hops) => {
      if (to === undefined)
        throw new PolicyError('redirected', `${from} redirects, and the browser does not say where`)
      if (redirect === 'error') throw new PolicyError('redirected', `${from} redirects`)
      const declined = firstDecline(this.#rules, { from, to, hops })
      if (declined !== undefined) throw new PolicyError(declined.code, declined.message)
    })
  }

  #once({ url, method, headers, body, signal }: Sending): Promise<Response> {
    const init = {
      method,
      headers,
      redirect: 'manual',
      signal,
      ...(body === undefined ? {} : { body }),
    } as const
    return fetchInTime(this.#fetch, url, init, this.#limits.answerTimeoutMs)
  }
}
