/**
 * A payee that overlooks how a credential is written: the echo is put right, and the credential moved to the field that
 * its challenge selects, before the server sees it. So one mistake of a client is told once, by the check about it.
 */
import * as AuthParams from '../../../../../src/codec/auth-params.ts'
import * as Base64url from '../../../../../src/codec/base64url.ts'
import type { JsonObject as Json } from '../../../../../src/codec/json.ts'
import * as Challenge from '../../../../../src/mpp/wire/challenge.ts'
import { withFields } from '../credentials.ts'
import { credentialFields, type Wrap } from '../wire.ts'
import { credentialIn, known, quietly } from './sent.ts'

/** Puts echoes right by what was issued for the same path. */
export const tolerant: Wrap = (handler) => {
  const byId = new Map<string, ReadonlyMap<string, string>>()
  const byPath = new Map<string, ReadonlyMap<string, string>>()
  let before: Json = {}
  const pathOf = ({ url }: Request) => new URL(url).pathname
  return async (request) => {
    const sent = credentialIn(request.headers)
    if (sent !== undefined && 'channelId' in sent.raw) before = { ...before, ...sent.raw }
    const issued = byId.get(String(sent?.challenge['id'])) ?? byPath.get(pathOf(request))
    const response = await handler(
      sent === undefined || issued === undefined ? request : mended(request, sent, issued, before),
    )
    for (const { params } of quietly(() => challengesOf(response)) ?? []) {
      byId.set(params.get('id') ?? '', params)
      byPath.set(pathOf(request), params)
    }
    return response
  }
}

const challengesOf = ({ headers }: Response) => {
  const field = headers.get('www-authenticate')
  return field === null ? [] : AuthParams.decode(field).filter(Challenge.isPayment)
}

function mended(
  request: Request,
  { raw, source }: NonNullable<ReturnType<typeof credentialIn>>,
  issued: ReadonlyMap<string, string>,
  before: Json,
): Request {
  const payload = whole(known(raw), before)
  const credential = { challenge: Object.fromEntries(issued), source, payload }
  const field = issued.has('header') ? Challenge.alternateField : 'Authorization'
  return withFields(request, (headers) => {
    for (const name of credentialFields)
      if (/^payment /i.test(headers.get(name) ?? '') || name === field) headers.delete(name)
    headers.set(field, `${Challenge.scheme} ${Base64url.encode(JSON.stringify(credential))}`)
  })
}

/** A payload with what it lacks, as far as an earlier one had it. */
function whole({ authorizedSigner: _, ...payload }: Json, before: Json): Json {
  const known = ['channelId', 'descriptor'].flatMap((name) => (name in before ? [[name, before[name]]] : []))
  return { ...Object.fromEntries(known), ...payload }
}
