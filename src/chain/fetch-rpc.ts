/** A node behind a URL as an `Rpc`, with whatever sends the requests: `fetch` runs in browsers and workers too. */
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
    return { status: response.status, text: await response.text() }
  })
}

export const defaultTimeoutMs = 10_000

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
      const answer = parse(url, text)
      if (answer.error !== undefined) {
        const { code, message, data } = answer.error
        throw new RpcError(
          code ?? -32_603,
          message ?? 'unknown error',
          typeof data === 'string' ? data : undefined,
        )
      }
      return answer.result
    },
  }
}

interface Answer {
  result?: unknown
  error?: { code?: number; message?: string; data?: unknown }
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
