/** What both clients ask with: one request whose answer begins in time, or is given up, and that the caller can stop. */
import { within } from './limits.ts'

/**
 * Fetches once. `signal` is the caller's; redirects are followed only where `init` says so (`redirect.ts` follows them
 * by hand). Throws `TimeoutError` after `answerTimeoutMs` milliseconds without an answer, or what fetch throws.
 */
export function fetchInTime(
  fetch: typeof globalThis.fetch,
  url: string,
  { signal, ...init }: Omit<RequestInit, 'signal'> & { signal?: AbortSignal | undefined },
  answerTimeoutMs: number,
): Promise<Response> {
  const late = new AbortController()
  const either = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal])
  const answer = fetch(url, { ...init, signal: either })
  const message = `${url}: no answer within ${answerTimeoutMs / 1000} s`
  return within(answerTimeoutMs, message, answer, (error) => late.abort(error))
}
