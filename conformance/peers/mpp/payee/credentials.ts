/** Tools that change what a server believes of a credential: it is rewritten before a good server reads it. */
import * as AuthParams from '../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../src/codec/base64url.ts'
import type * as Json from '../../../../src/codec/json.ts'
import * as Challenge from '../../../../src/mpp/wire/challenge.ts'
import { credentialFields, credentialOf, tokenIn, type Wrap } from './wire.ts'

/** The same request with other headers. */
export function withFields(request: Request, change: (headers: Headers) => void): Request {
  // There is no TRACE that a `Request` could be made of.
  if (request.method === 'TRACE') return request
  const headers = new Headers(request.headers)
  change(headers)
  const { method, signal, body } = request
  const content = body === null ? {} : { body, duplex: 'half' as const }
  return new Request(request.url, { method, headers, signal, ...content })
}

/** Requests with their header fields changed. */
export const alterFields =
  (change: (headers: Headers) => void): Wrap =>
  (handler) =>
  async (request) =>
    handler(withFields(request, change))

interface Whole {
  challenge: Json.JsonObject
  payload: Json.JsonObject
}

/** Credentials with members changed, in the field they came in, or that a changed echo selects. */
export const alterCredential =
  (change: (credential: Whole) => void): Wrap =>
  (handler) =>
  async (request) => {
    const credential = credentialOf(request)
    if (credential === undefined) return handler(request)
    const { challenge } = credential
    const before = challenge['header']
    change(credential)
    const came = credentialFields.find((name) => tokenIn(request.headers.get(name)) !== undefined)
    const selected = challenge['header'] === undefined ? 'Authorization' : Challenge.alternateField
    return handler(
      withFields(request, (headers) => {
        const field = before === challenge['header'] ? (came ?? selected) : selected
        if (came !== undefined && came !== field) headers.delete(came)
        headers.set(field, `Payment ${Base64url.encode(JSON.stringify(credential))}`)
      }),
    )
  }

/** A server whose binding does not cover some parameters: what an echo says there is replaced by what was issued. */
export const forgetting =
  (...members: (keyof Challenge.Challenge)[]): Wrap =>
  (handler) => {
    const issued = new Map<string, ReadonlyMap<string, string>>()
    const restored = alterCredential(({ challenge }) => {
      const params = issued.get(String(challenge['id']))
      if (params === undefined) return
      for (const name of members) {
        const value = params.get(name)
        if (value === undefined) delete challenge[name]
        else challenge[name] = value
      }
    })(handler)
    return async (request) => {
      const response = await restored(request)
      const field = response.headers.get('www-authenticate')
      for (const { params } of field === null ? [] : AuthParams.decode(field))
        issued.set(params.get('id') ?? '', params)
      return response
    }
  }
