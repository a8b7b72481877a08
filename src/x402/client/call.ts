/** One call of fetch, taken down so that it can be sent more than once: with a payment, and again after a failure. */
import * as Digest from '../../codec/digest.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { wholeOf } from '../../http/body.ts'
import { PolicyError } from './policy.ts'

export interface Call {
  url: string
  method: string
  headers: Headers
  /** A blob: fetch gives bytes away when it sends them, and has none left for a redirect. */
  body: Blob | undefined
  /** Identifies what the call asks for: calls with the same text are repetitions of one another. */
  fingerprint: string
  signal: AbortSignal | undefined
  redirect: RequestRedirect
  /** The other options that the caller gave to fetch. */
  init: RequestInit
}

/**
 * Reads what fetch was called with, as fetch reads it: a URL, or a Request whose members `init` replaces. Throws what
 * fetch throws, and `PolicyError` for a body over `maxBytes`.
 */
export async function takeDown(
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  maxBytes: number,
): Promise<Call> {
  const request = new Request(input, streaming(init))
  const { url, method, headers, redirect } = request
  const body = await bodyOf(request, maxBytes)
  const given = init?.signal ?? (input instanceof Request ? input.signal : undefined)
  return {
    url,
    method,
    headers: new Headers(headers),
    body: body === undefined ? undefined : new Blob([body]),
    fingerprint: fingerprintOf(request, body),
    signal: given ?? undefined,
    redirect,
    init: { ...init },
  }
}

/** A body that is a stream needs to be told so. */
const streaming = (init: RequestInit | undefined): RequestInit | undefined =>
  init?.body instanceof ReadableStream ? ({ ...init, duplex: 'half' } as RequestInit) : init

async function bodyOf({ body }: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null) return undefined
  const whole = await wholeOf(body, maxBytes)
  if (whole === undefined)
    throw new PolicyError('body-too-large', `a body is kept to be sent again: at most ${maxBytes} bytes`)
  return whole
}

/** Headers are left out, because SDKs count their retries in them. */
function fingerprintOf({ method, url }: Request, body: Uint8Array = new Uint8Array()): string {
  const head = Utf8.encode(`${method} ${url}\n`)
  const whole = new Uint8Array(head.length + body.length)
  whole.set(head)
  whole.set(body, head.length)
  return Digest.encode(whole)
}
