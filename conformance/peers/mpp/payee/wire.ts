/** Tools that make a handler wrong on the wire: they change what a good server says, and nothing it does. */

import * as AuthParams from '../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../src/codec/base64url.ts'
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import * as Utf8 from '../../../../src/codec/utf8.ts'
import * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import { isStream, onResponse, type Wrap, withHeaders } from '../../answers.ts'

// What wraps any handler stands beside what wraps handlers of this scheme.
export { onResponse, type Wrap, withHeaders, withStatus } from '../../answers.ts'

/** The fields a credential may come in. */
export const credentialFields = ['Authorization', Challenge.alternateField] as const

/** The encoded credential of a field value that is one, or undefined. */
export const tokenIn = (field: string | null): string | undefined =>
  /^payment +([A-Za-z0-9_-]+)$/i.exec(field ?? '')?.[1]

/** The Payment credential of a request, decoded without judging it; undefined when there is none that decodes. */
export function credentialOf(
  request: Request,
): { challenge: Json.JsonObject; payload: Json.JsonObject; source: Json.JsonValue | undefined } | undefined {
  const token = credentialFields.flatMap((name) => tokenIn(request.headers.get(name)) ?? [])[0]
  if (token === undefined) return undefined
  const whole = decoded(token)
  const [challenge, payload] = [whole?.['challenge'], whole?.['payload']]
  return Json.isObject(challenge) && Json.isObject(payload)
    ? { challenge, payload, source: whole?.['source'] }
    : undefined
}

function decoded(token: string): Json.JsonObject | undefined {
  try {
    const value = Json.decode(Utf8.decode(Base64url.decode(token)))
    return Json.isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** The payload of a request's credential; empty when there is none. */
export const payloadOf = (request: Request): Json.JsonObject => credentialOf(request)?.payload ?? {}

/** Requests without a Payment credential. */
export const unpaid = (request: Request): boolean =>
  !/payment/i.test(request.headers.get('authorization') ?? '')
/** Responses to a credential with one of these actions. */
export const paying =
  (...actions: string[]) =>
  (request: Request): boolean => {
    const { payload } = credentialOf(request) ?? {}
    return payload !== undefined && actions.includes(String(payload['action']))
  }

/** Requests for one path. */
export const at =
  (path: string) =>
  ({ url }: Request): boolean =>
    new URL(url).pathname === path

/** Answers requests a condition picks without asking the server. */
export const instead =
  (picks: (request: Request) => boolean, answer: (request: Request) => Response): Wrap =>
  (handler) =>
  async (request) =>
    picks(request) ? answer(request) : handler(request)

/** Changes the payload of credentials a condition picks before the server sees it. */
export const alterPayload =
  (picks: (request: Request) => boolean, change: (payload: Json.JsonObject) => void): Wrap =>
  (handler) =>
  async (request) => {
    if (!picks(request)) return handler(request)
    const [field, value] = credentialField(request)
    const credential = JSON.parse(Utf8.decode(Base64url.decode(value.slice('Payment '.length)))) as {
      payload: Json.JsonObject
    }
    change(credential.payload)
    const headers = new Headers(request.headers)
    headers.set(field, `Payment ${Base64url.encode(JSON.stringify(credential))}`)
    const { url, method, signal } = request
    const body = await request.arrayBuffer()
    return handler(new Request(url, { method, headers, signal, ...(body.byteLength === 0 ? {} : { body }) }))
  }

/** Where a request has its credential, and the credential's text. */
function credentialField({ headers }: Request): [field: string, value: string] {
  const login = headers.get('authorization') ?? ''
  return /^payment /i.test(login)
    ? ['authorization', login]
    : ['payment-authorization', headers.get('payment-authorization') ?? '']
}

/** The same response without its receipt. */
export const withoutReceipt = (response: Response): Response =>
  withHeaders(response, (headers) => headers.delete('payment-receipt'))

/** The challenge of unpaid responses with its parameters changed. */
export const alterChallenge = (change: (params: Map<string, string>) => void): Wrap =>
  onResponse(
    (request, { status }) => unpaid(request) && status === 402,
    (response) =>
      withHeaders(response, (headers) => {
        const found = AuthParams.decode(headers.get('www-authenticate') ?? '')[0]
        const params = new Map(found?.params)
        change(params)
        headers.set('www-authenticate', AuthParams.encode(Challenge.scheme, params))
      }),
  )

/** The session request of unpaid responses changed; written as plain JSON unless `write` says otherwise. */
export const alterTerms = (
  change: (request: Json.JsonObject, details: Json.JsonObject) => void,
  write: (value: object) => string = Challenge.encodeObject,
): Wrap =>
  alterChallenge((params) => {
    const request = Challenge.request({ request: params.get('request') ?? '' })
    change(request, request['methodDetails'] as Json.JsonObject)
    params.set('request', write(request))
  })

/** The receipt header of picked responses with members changed. */
export const alterReceipt = (
  picks: (request: Request) => boolean,
  change: (receipt: Json.JsonObject) => void,
): Wrap =>
  onResponse(
    (request, { headers }) => picks(request) && headers.has('payment-receipt'),
    (response) =>
      withHeaders(response, (headers) => {
        const text = Utf8.decode(Base64url.decode(headers.get('payment-receipt') ?? ''))
        const receipt = Json.decode(text) as Json.JsonObject
        change(receipt)
        headers.set('payment-receipt', Base64url.encode(JSON.stringify(receipt)))
      }),
  )

/** The problem body of refusals with members changed. */
export const alterProblem =
  (picks: (request: Request, type: string) => boolean, type: string): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    if (!(response.headers.get('content-type') ?? '').startsWith('application/problem+json')) return response
    const text = await response.text()
    const { status, headers } = response
    const problem = text === '' ? {} : (JSON.parse(text) as Record<string, string>)
    if (!picks(request, problem['type'] ?? ''))
      return new Response(text === '' ? null : text, { status, headers })
    return new Response(JSON.stringify({ ...problem, type: `https://paymentauth.org/problems/${type}` }), {
      status,
      headers,
    })
  }

/** Answers 500 to one action where a good server refuses with a problem that matches. */
export const crashing =
  (action: string, type: RegExp): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    if (response.ok || !paying(action)(request)) return response
    const text = await response.text()
    const { status, headers } = response
    return type.test(text) ? new Response(null, { status: 500 }) : new Response(text, { status, headers })
  }

/** The answer of a server that fell over. */
export const crash = (): Response => new Response(null, { status: 500 })

/** The text of event streams changed, frame by frame. An empty text drops the frame. */
export const alterStream = (change: (frame: string) => string): Wrap =>
  onResponse(
    (_, response) => isStream(response),
    (response) => {
      const source = response.body?.getReader()
      const body = new ReadableStream<Uint8Array>(
        {
          async pull(controller) {
            for (;;) {
              const { value, done } = (await source?.read()) ?? { done: true, value: undefined }
              if (done || value === undefined) return controller.close()
              // Several leave in one piece.
              const frames = Utf8.decode(value).split(/(?<=\n\n)/)
              const text = frames.map(change).join('')
              if (text !== '') return controller.enqueue(Utf8.encode(text))
            }
          },
          cancel: (reason) => source?.cancel(reason),
        },
        { highWaterMark: 0 },
      )
      const { status, headers } = response
      return new Response(body, { status, headers })
    },
  )

/** The data of one kind of control event changed. */
export const alterEvent = (event: string, change: (data: Json.JsonObject) => void): Wrap =>
  alterStream((frame) => {
    if (!frame.startsWith(`event: ${event}\n`)) return frame
    const data = Json.decode(frame.slice(frame.indexOf('data: ') + 6).trim()) as Json.JsonObject
    change(data)
    return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
  })

/** A receipt that claims success for a credential, made up from the credential alone. */
export function inventedReceipt(request: Request, more: Json.JsonObject = {}): Response {
  const { challenge, payload } = credentialOf(request) ?? {
    challenge: {} as Json.JsonObject,
    payload: {} as Json.JsonObject,
  }
  const amount = String(payload['cumulativeAmount'] ?? '0')
  const receipt = {
    method: 'tempo',
    intent: 'session',
    status: 'success',
    timestamp: '2026-01-06T12:00:00Z',
    reference: payload['channelId'],
    challengeId: challenge['id'],
    channelId: payload['channelId'],
    acceptedCumulative: amount,
    spent: '0',
    ...more,
  }
  return new Response(null, {
    status: 200,
    headers: { 'payment-receipt': Base64url.encode(JSON.stringify(receipt)), 'cache-control': 'private' },
  })
}
