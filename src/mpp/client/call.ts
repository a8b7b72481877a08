/**
 * One logical call: what is asked for, in a form that can be sent several times. Its body is read once, before anything
 * is paid; its Idempotency-Key stays the same however often it is sent (core draft-01, "Idempotency").
 */
import * as Hex from '../../codec/hex.ts'
import { wholeOf } from '../../http/body.ts'
import { PolicyError } from './policy.ts'

export interface Call {
  url: string
  method: string
  headers: Headers
  body: Uint8Array<ArrayBuffer> | undefined
  /** The redirect mode that the caller asked for. */
  redirect: RequestRedirect
  signal: AbortSignal | undefined
  /** Sent with every payment for the call, so that it is charged once. */
  key: string
}

/** Prepares a call. Rejects with `PolicyError` `body-too-large`, or with `TypeError` for an invalid URL. */
export async function prepare(url: string, init: RequestInit, maxBodyBytes: number): Promise<Call> {
  const headers = new Headers(init.headers)
  const { href } = new URL(url)
  const body = init.body ?? undefined
  let bytes: Uint8Array<ArrayBuffer> | undefined
  if (body !== undefined) {
    // A response reads whatever a request takes, and names its type.
    const read = new Response(body as BodyInit)
    const type = read.headers.get('content-type')
    if (type !== null && !headers.has('content-type')) headers.set('content-type', type)
    bytes = await wholeOf(read.body as ReadableStream<Uint8Array>, maxBodyBytes)
    if (bytes === undefined)
      throw new PolicyError('body-too-large', `a request that is paid for has at most ${maxBodyBytes} bytes`)
  }
  return {
    url: href,
    method: (init.method ?? 'GET').toUpperCase(),
    headers,
    body: bytes,
    redirect: init.redirect ?? 'follow',
    signal: init.signal ?? undefined,
    key: headers.get('idempotency-key') ?? randomKey(),
  }
}

const randomKey = (): string => Hex.encode(crypto.getRandomValues(new Uint8Array(16))).slice(2)
