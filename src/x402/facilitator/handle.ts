/**
 * A facilitator over HTTP: POST /verify, POST /settle, GET /supported. An invalid payment is answered 200 with the
 * reason, a body or a key that does not decode 400, a body that is too large 413, a conflict of payment identifiers 409,
 * a key that was used for another payment 422, and a failing node 503 without details. Sources: x402 specification v2,
 * "Facilitator Interface"; draft-ietf-httpapi-idempotency-key-header, "Error Scenarios".
 */
import { RpcError, RpcUnreachable } from '../../chain/rpc.ts'
import { DecodeError } from '../../codec/decode-error.ts'
import * as IdempotencyKey from '../../codec/idempotency-key.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { readBody } from '../../http/body.ts'
import * as FacilitatorApi from '../wire/facilitator-api.ts'
import { type ReasonKind, reasonOf } from '../wire/reasons.ts'

/**
 * Builds the handler of a facilitator. Other paths are answered 404, other methods 405. Serve it with `listen`, for
 * example.
 */
export function facilitatorHandler(
  facilitator: FacilitatorApi.Facilitator,
): (request: Request) => Promise<Response> {
  const verify = answering('verifyError', (reason) => ({ isValid: false, invalidReason: reason }))
  const settle = answering('settleError', (reason) => ({
    success: false,
    errorReason: reason,
    transaction: '',
    network: '',
  }))
  const routes: Record<string, { method: string; answer: (request: Request) => Promise<Response> }> = {
    '/verify': { method: 'POST', answer: (request) => verify(request, facilitator.verify) },
    '/settle': {
      method: 'POST',
      answer: (request) => settle(request, (read) => facilitator.settle({ ...read, ...keyIn(request) })),
    },
    '/supported': {
      method: 'GET',
      answer: async () => json(200, await facilitator.supported()),
    },
  }
  return async (request) => {
    const { pathname } = new URL(request.url)
    const route = Object.hasOwn(routes, pathname) ? routes[pathname] : undefined
    if (route === undefined) return json(404, { error: 'not_found' })
    if (request.method !== route.method)
      return json(405, { error: 'method_not_allowed' }, { allow: route.method })
    return route.answer(request)
  }
}

/** Reads a request, lets the facilitator answer it, and turns what goes wrong into an answer. */
function answering(unexpected: ReasonKind, refusal: (reason: string) => object) {
  return async (request: Request, act: (read: FacilitatorApi.FacilitatorRequest) => Promise<object>) => {
    try {
      const body = await readBody(request)
      if (body === undefined) return json(413, refusal(reasonOf('payload')))
      const answer = await act(FacilitatorApi.decodeRequest(Utf8.decode(body)))
      const reason = 'errorReason' in answer ? answer.errorReason : undefined
      return json(conflicts.find(([kind]) => reason === reasonOf(kind))?.[1] ?? 200, answer)
    } catch (error) {
      if (error instanceof DecodeError) return json(400, refusal(reasonOf(kindOf(error))))
      if (error instanceof RpcError || error instanceof RpcUnreachable)
        return json(503, refusal(reasonOf(unexpected)))
      throw error
    }
  }
}

/** Statuses of what was said of one payment and stands for another. */
const conflicts = [
  ['identifier', 409],
  ['key', 422],
] as const

/** The key of a request, if it has one. Throws `DecodeError`. */
function keyIn({ headers }: Request): { key?: string } {
  const field = headers.get(FacilitatorApi.keyField)
  return field === null ? {} : { key: IdempotencyKey.decode(field) }
}

/** Which part of a request does not decode. */
function kindOf({ path }: DecodeError): ReasonKind {
  if (path.at(-1) === 'x402Version') return 'version'
  return path[0] === 'paymentRequirements' ? 'requirements' : 'payload'
}

const json = (status: number, body: object, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  })
