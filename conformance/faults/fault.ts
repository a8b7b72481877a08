/**
 * Faults: reference servers that are wrong in exactly one named way. They prove the checks: each check must turn red
 * for its fault and stay green without it.
 */
import type { Rpc } from '../../src/chain/rpc.ts'
import type { Offer } from '../../src/server/offer.ts'
import type { PayeeOptions } from '../../src/server/payee.ts'
import type { Handler } from '../../src/server/payments.ts'
import type { RuleOverrides } from '../../src/server/rules/rules.ts'
import type { ChannelStore } from '../../src/server/store/store.ts'

export interface ServerFault {
  name: string
  role: 'server'
  /** The requirement it breaks. */
  breaks: string
  /** The checks that must turn red: these, and in the scenarios that hold them no others. */
  caughtBy: readonly string[]
  /** Bugs of the field it resembles: an advisory, or an entry of the list of field bugs. */
  like?: readonly string[]
  /** Rules replaced in the server. */
  rules?: RuleOverrides
  options?: Partial<PayeeOptions>
  offer?: Partial<Offer>
  /** Wraps the HTTP handler. */
  http?: (handler: Handler) => Handler
  store?: (store: ChannelStore) => ChannelStore
  chain?: (chain: Rpc) => Rpc
}

/** Declares a server fault. */
export const fault = (declared: Omit<ServerFault, 'role'>): ServerFault => ({ role: 'server', ...declared })

/** A rule that never refuses. */
export const ok = (): undefined => undefined

/** Changes the response of every request a condition picks. */
export const onResponse =
  (change: (response: Response, request: Request) => Response | Promise<Response>) =>
  (handler: Handler): Handler =>
  async (request) =>
    change(await handler(request), request)

/** The same response with other headers. */
export function withHeaders(response: Response, change: (headers: Headers) => void): Response {
  const headers = new Headers(response.headers)
  change(headers)
  const { status, statusText, body } = response
  return new Response(body, { status, statusText, headers })
}

/** The same response with its text changed: a body, or every chunk of a stream. */
export function withText(response: Response, change: (text: string) => string): Response {
  if (response.body === null) return response
  const decoder = new TextDecoder()
  const encoder = new TextEncoder()
  const body = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>(
      {
        transform: (chunk, controller) => controller.enqueue(encoder.encode(change(decoder.decode(chunk)))),
      },
      { highWaterMark: 0 },
      { highWaterMark: 0 },
    ),
  )
  const { status, statusText, headers } = response
  return new Response(body, { status, statusText, headers })
}
