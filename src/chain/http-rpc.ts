/** A node behind a URL as an `Rpc`. */
import { type Rpc, RpcError, type RpcRequest } from './rpc.ts'

/** The node could not be reached, or did not answer JSON-RPC. */
export class RpcUnreachable extends Error {
  override readonly name = 'RpcUnreachable'
  readonly url: string

  constructor(url: string, reason: string, cause?: unknown) {
    super(`no JSON-RPC node at ${url}: ${reason}`, { cause })
    this.url = url
  }
}

/** Requests go one by one; each may take `timeoutMs`. */
export function httpRpc(url: string, options: { timeoutMs?: number } = {}): Rpc {
  let id = 0
  return {
    async request({ method, params }: RpcRequest) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: params ?? [] })
      const text = await post(url, body, options.timeoutMs ?? 10_000)
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

async function post(url: string, body: string, timeoutMs: number): Promise<string> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    })
    return await response.text()
  } catch (error) {
    throw new RpcUnreachable(url, reasonOf(error), error)
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

function reasonOf(error: unknown): string {
  const cause =
    error instanceof Error ? (error.cause as Partial<NodeJS.ErrnoException> | undefined) : undefined
  if (error instanceof Error && error.name === 'TimeoutError') return 'no answer in time'
  return cause?.code ?? cause?.message ?? (error instanceof Error ? error.message : String(error))
}
