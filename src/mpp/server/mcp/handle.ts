/**
 * A Model Context Protocol server over HTTP: one JSON-RPC message per POST, answered as JSON. It keeps no session, so
 * it streams nothing and any number of processes can serve it.
 */
import { DecodeError } from '../../../codec/decode-error.ts'
import type { JsonObject } from '../../../codec/json.ts'
import * as Json from '../../../codec/json.ts'
import { idTexts } from '../../../codec/json-rpc.ts'
import * as Utf8 from '../../../codec/utf8.ts'
import { maxRequestBytes, readBody } from '../../../http/body.ts'
import type { Collect } from '../charge/collect.ts'
import { chargeExampleOf } from '../charge/offer.ts'
import { checkOffer } from '../check-offer.ts'
import type { Payee } from '../payee.ts'
import { callTool, failure, type Outcome } from './call.ts'
import { initialized, listed, type McpOffer } from './tools.ts'

/** JSON-RPC 2.0, "Error object". */
const codes = { parse: -32_700, invalidRequest: -32_600, noMethod: -32_601, invalidParams: -32_602 } as const

/** Builds the handler. */
export function mcpEndpoint(payee: Payee, collect: Collect, offer: McpOffer) {
  for (const [name, { price }] of Object.entries(offer.tools))
    if (price !== undefined) checkOffer(price, payee, () => chargeExampleOf(price, payee, name))
  return async (request: Request): Promise<Response> => {
    if (request.method !== 'POST')
      return new Response(null, { status: 405, headers: { allow: 'POST', 'cache-control': 'no-store' } })
    const body = await readBody(request)
    if (body === undefined)
      return answer('null', failure(codes.invalidRequest, `a message has at most ${maxRequestBytes} bytes`))
    const message = parsed(body)
    if (message === undefined) return answer('null', failure(codes.parse, 'Parse error'))
    if (!Json.isObject(message) || message['jsonrpc'] !== '2.0')
      return answer('null', failure(codes.invalidRequest, 'one JSON-RPC 2.0 message is expected'))
    const { id, method } = message
    const idText = idTexts(Utf8.decode(body))[0] ?? (typeof id === 'string' ? JSON.stringify(id) : undefined)
    if (typeof method !== 'string') {
      // A JSON-RPC response, although no request was sent: it wants no answer.
      if ('result' in message || 'error' in message) return new Response(null, { status: 202 })
      return answer(idText ?? 'null', failure(codes.invalidRequest, 'a method is a string'))
    }
    // A notification is acknowledged and never carried out: what is paid for needs an answer (MCP-NOTE-001).
    if (id === undefined) return new Response(null, { status: 202 })
    if (idText === undefined)
      return answer('null', failure(codes.invalidRequest, 'an id is a string or a number'))
    return answer(idText, await outcomeOf(method, message))
  }

  async function outcomeOf(method: string, message: JsonObject): Promise<Outcome> {
    const params = Json.isObject(message['params']) ? message['params'] : {}
    switch (method) {
      case 'initialize':
        return { result: initialized(offer, params['protocolVersion']) }
      case 'ping':
        return { result: {} }
      case 'tools/list':
        return { result: listed(offer) }
      case 'tools/call': {
        const name = String(params['name'])
        const tool = Object.hasOwn(offer.tools, name) ? offer.tools[name] : undefined
        return tool === undefined
          ? failure(codes.invalidParams, `no tool ${name.slice(0, 100)}`)
          : callTool(payee, collect, { name, tool }, message)
      }
      default:
        return failure(codes.noMethod, 'Method not found')
    }
  }
}

/** `id` is its JSON text: a number goes back with the digits it came with. */
const answer = (id: string, outcome: Outcome): Response =>
  new Response(`{"jsonrpc":"2.0","id":${id},${JSON.stringify(outcome).slice(1)}`, {
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  })

function parsed(body: Uint8Array): Json.JsonValue | undefined {
  try {
    return Json.decode(Utf8.decode(body))
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
