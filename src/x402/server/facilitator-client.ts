/**
 * A facilitator behind a URL. Every wait has an end and every answer a size. A settlement without an answer is not a
 * "no": it throws, and the payment stays undecided.
 */
import { DecodeError } from '../../codec/decode-error.ts'
import * as IdempotencyKey from '../../codec/idempotency-key.ts'
import * as FacilitatorApi from '../wire/facilitator-api.ts'

/** The facilitator did not answer, or answered what no facilitator may. */
export class FacilitatorError extends Error {
  override readonly name = 'FacilitatorError'
}

/** How a facilitator is reached. */
export interface FacilitatorClientOptions {
  /** Longest wait for an answer, in milliseconds; default 30,000. */
  timeoutMs?: number
  fetch?: typeof globalThis.fetch
  /** Sent with every request: what the facilitator knows its callers by. */
  headers?: Readonly<Record<string, string>>
}

/**
 * Builds a client of the facilitator at `url`. Nothing is sent until a method is called. Its methods reject with
 * `FacilitatorError` when there is no answer within `timeoutMs`, or one that does not decode. Redirects are not
 * followed.
 */
export function facilitatorAt(
  url: string,
  options: FacilitatorClientOptions = {},
): FacilitatorApi.Facilitator {
  const { timeoutMs = 30_000, fetch = globalThis.fetch, headers = {} } = options
  const base = url.replace(/\/+$/, '')

  async function ask<T>(
    path: string,
    body: string | undefined,
    decode: (text: string) => T,
    more: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    try {
      const init: RequestInit = {
        method: body === undefined ? 'GET' : 'POST',
        headers: { ...headers, ...more, 'content-type': 'application/json' },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      }
      if (body !== undefined) init.body = body
      const response = await fetch(`${base}${path}`, init)
      return decode(await textOf(response))
    } catch (cause) {
      const why = cause instanceof DecodeError ? 'answered what no facilitator may' : 'gave no answer'
      throw new FacilitatorError(`the facilitator ${why}`, { cause })
    }
  }

  return {
    verify: (request) =>
      ask('/verify', FacilitatorApi.encodeRequest(request), FacilitatorApi.decodeVerification),
    settle: (request) =>
      ask(
        '/settle',
        FacilitatorApi.encodeRequest(request),
        FacilitatorApi.decodeSettlement,
        request.key === undefined ? {} : { [FacilitatorApi.keyField]: IdempotencyKey.encode(request.key) },
      ),
    supported: () => ask('/supported', undefined, FacilitatorApi.decodeSupported),
  }
}

/** The text of an answer, as far as one may be long. Throws `DecodeError`. */
async function textOf(response: Response): Promise<string> {
  const utf8 = new TextDecoder()
  let text = ''
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += utf8.decode(chunk, { stream: true })
    if (text.length > FacilitatorApi.maxBodyChars)
      throw new DecodeError('too-large', 'the answer is too long')
  }
  return text
}
