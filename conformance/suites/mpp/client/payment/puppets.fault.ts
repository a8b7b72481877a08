/** Tools of faults: what the reference sends and hears, rewritten on the way. */
import * as Base64url from '../../../../../src/codec/base64url.ts'
import type { JsonObject } from '../../../../../src/codec/json.ts'
import * as Utf8 from '../../../../../src/codec/utf8.ts'
import type { ClientVariant } from '../reference.ts'

type Puppet = NonNullable<ClientVariant['fetch']>

/** A credential as it is about to be sent. */
export interface Outgoing {
  challenge: JsonObject
  source?: string
  payload: JsonObject
}

const fieldsOf = ['authorization', 'payment-authorization']

/** The credential of a request that is about to be sent, and the field it is in; undefined without one. */
export function outgoing(
  init: RequestInit | undefined,
): { credential: Outgoing; headers: Headers; field: string } | undefined {
  const headers = new Headers(init?.headers)
  const field = fieldsOf.find((name) => /^payment /i.test(headers.get(name) ?? ''))
  if (field === undefined) return undefined
  const token = (headers.get(field) ?? '').slice('Payment '.length)
  const credential = JSON.parse(Utf8.decode(Base64url.decode(token))) as Outgoing
  return { credential, headers, field }
}

/** Rewrites credentials on their way out; `headers` are those of the request, with the credential in `field`. */
export const rewriting =
  (change: (credential: Outgoing, headers: Headers, field: string) => void): Puppet =>
  (fetch) =>
  async (input, init) => {
    const sent = outgoing(init)
    if (sent === undefined) return fetch(input, init)
    const { credential, headers, field } = sent
    change(credential, headers, field)
    if (headers.has(field)) headers.set(field, encoded(credential))
    return fetch(input, { ...init, headers })
  }

/** A credential to a field value. */
export const encoded = (credential: Outgoing): string =>
  `Payment ${Base64url.encode(JSON.stringify(credential))}`

/** Requests with a credential of one of these actions are sent elsewhere. */
export const sendingTo =
  (actions: readonly string[], to: (url: string) => string): Puppet =>
  (fetch) =>
  async (input, init) => {
    const action = actionOf(init)
    return fetch(actions.includes(action) ? to(String(input)) : input, init)
  }

/** The action of a request's credential; empty without one. */
export const actionOf = (init: RequestInit | undefined): string =>
  String(outgoing(init)?.credential.payload['action'] ?? '')

/** A client that reads the terms of challenges in its own way. */
export const readingTerms =
  (mend: (request: JsonObject, details: JsonObject) => void): Puppet =>
  (fetch) =>
  async (input, init) => {
    const response = await fetch(input, init)
    const field = response.headers.get('www-authenticate')
    const text = /request="([^"]*)"/.exec(field ?? '')?.[1]
    if (field === null || text === undefined) return response
    const request = JSON.parse(Utf8.decode(Base64url.decode(text))) as JsonObject
    mend(request, request['methodDetails'] as JsonObject)
    const headers = new Headers(response.headers)
    headers.set('www-authenticate', field.replace(text, Base64url.encode(JSON.stringify(request))))
    return new Response(response.body, { status: response.status, headers })
  }

/** A client that hears other data than was said in events of a name. */
export const hearing = (event: string, change: (data: JsonObject) => void): Puppet =>
  hearingText((text) =>
    text.replaceAll(new RegExp(`event: ${event}\\ndata: (.*)\\n`, 'g'), (_, json: string) => {
      const data = JSON.parse(json) as JsonObject
      change(data)
      return `event: ${event}\ndata: ${JSON.stringify(data)}\n`
    }),
  )

/** A client that hears event streams otherwise than they are said; each piece of them on its own. */
export const hearingText =
  (change: (text: string) => string): Puppet =>
  (fetch) =>
  async (input, init) => {
    const response = await fetch(input, init)
    const { body, status, headers } = response
    if (body === null || !headers.get('content-type')?.startsWith('text/event-stream')) return response
    const text = new TextDecoder()
    const changed = new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) =>
        controller.enqueue(Utf8.encode(change(text.decode(chunk, { stream: true })))),
    })
    return new Response(body.pipeThrough(changed), { status, headers })
  }
