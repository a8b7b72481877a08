/** A node behind a URL as an `Rpc`. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
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

/** Connections stay open, for a server asks its node several times for each voucher; idle ones for 4 s. */
const kept = { keepAlive: true, timeout: 4_000 }
const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) }

/** `fetch` takes three times as long for requests this small. */
function post(url: string, body: string, timeoutMs: number): Promise<string> {
  return new Promise<string>((resolve, reject) => {
    const encrypted = url.startsWith('https:')
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      agent: encrypted ? agents.https : agents.http,
    }
    const request = (encrypted ? httpsRequest : httpRequest)(url, options, (response) => {
      const { statusCode = 0 } = response
      buffer(response).then((bytes) => {
        // A gateway that fails may dress it up as JSON-RPC: it speaks for itself, not for the node.
        if (statusCode >= 500) reject(new Error(`HTTP ${statusCode}`))
        else resolve(bytes.toString())
      }, reject)
    })
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), timeoutMs)
    request.once('close', () => clearTimeout(late))
    request.once('error', reject)
    request.end(body)
  }).catch((error: unknown) => {
    throw new RpcUnreachable(url, reasonOf(error), error)
  })
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
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
