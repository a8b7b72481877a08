/** A node behind a URL as an `Rpc`, with whatever sends the requests: `fetch` runs in browsers and workers too. */
import { wholeOf } from '../http/body.ts'
import { type Rpc, RpcError, type RpcRequest, RpcUnreachable } from './rpc.ts'

/** Limits of a connection to a node. */
export interface FetchRpcOptions {
  /** Longest wait for the answer to one request, in milliseconds; default 10,000. */
  timeoutMs?: number
  /** Sends the requests; default the global `fetch`. */
  fetch?: (url: string, init: RequestInit) => Promise<Response>
}

/**
 * An `Rpc` that sends each request to the JSON-RPC node at `url` by `fetch`, one POST a request, never batched.
 * Requests reject with `RpcError` (the node's `code` and `data`) when the node answers an error, and with
 * `RpcUnreachable` when there is no answer in time, a status of 5xx, or an answer that is not JSON-RPC. In Node,
 * `httpRpc` is faster.
 */
export function fetchRpc(url: string, options: FetchRpcOptions = {}): Rpc {
  const send = options.fetch ?? ((to, init) => fetch(to, init))
  return rpcOver(url, async (body) => {
    const signal = AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs)
    const headers = { 'content-type': 'application/json' }
    const response = await send(url, { method: 'POST', headers, body, signal })
    const whole = response.body === null ? new Uint8Array() : await wholeOf(response.body, maxAnswerBytes)
    if (whole === undefined) throw new Error(tooLong)
    return { status: response.status, text: new TextDecoder().decode(whole) }
  })
}

export const defaultTimeoutMs = 10_000
/** Largest answer that is read, in bytes: some thousand blocks or events. */
export const maxAnswerBytes = 33_554_432
/** Why a longer one is none. */
export const tooLong = `an answer of more than ${maxAnswerBytes} bytes`

/** JSON-RPC over anything that posts a body to the node and answers with its text. */
export function rpcOver(url: string, post: (body: string) => Promise<{ status: number; text: string }>): Rpc {
  let id = 0
  return {
    async request({ method, params }: RpcRequest) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: params ?? [] })
      const { status, text } = await post(body).catch((error: unknown) => {
        throw new RpcUnreachable(url, reasonOf(error), error)
      })
      // A 5xx is the failure of a gateway, even when its body is JSON-RPC: it says nothing of what the node decided.
      if (status >= 500) throw new RpcUnreachable(url, `HTTP ${status}`)
      const { error, result } = parse(url, text)
      // Some nodes answer a null error beside the result, as JSON-RPC 1.0 did.
      if (error !== undefined && error !== null) throw errorOf(error)
      return result
    },
  }
}

interface Answer {
  result?: unknown
  error?: unknown
}

/** The error of a node, as far as it has the form of one. */
function errorOf(error: NonNullable<unknown>): RpcError {
  const { code, message, data } = error as { code?: unknown; message?: unknown; data?: unknown }
  return new RpcError(
    typeof code === 'number' ? code : -32_603,
    typeof message === 'string' ? message : typeof error === 'string' ? error : 'unknown error',
    typeof data === 'string' ? data : undefined,
  )
}

function parse(url: string, text: string): Answer {
  try {
    const answer = JSON.parse(text) as Answer
    if (typeof answer === 'object' && answer !== null && ('result' in answer || 'error' in answer))
      return answer
  } catch {
    throw new RpcUnreachable(url, 'it does not answer JSON')
  }
  throw new RpcUnreachable(url, 'it does not answer JSON-RPC')
}

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ((error as Error & { code?: string }).code ?? error.message) : String(error)
