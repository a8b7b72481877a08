/** A node behind a URL as an `Rpc`, asked over connections of Node that stay open. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { buffer } from 'node:stream/consumers'
import { defaultTimeoutMs, rpcOver } from './fetch-rpc.ts'
import type { Rpc } from './rpc.ts'

/**
 * A node behind a URL. Requests go one by one; each may take `timeoutMs` (10,000). Throws `RpcError` for what the node
 * refuses, `RpcUnreachable` when it does not answer JSON-RPC in time.
 */
export const httpRpc = (url: string, options: { timeoutMs?: number } = {}): Rpc =>
  rpcOver(url, (body) => post(url, body, options.timeoutMs ?? defaultTimeoutMs))

/** Connections stay open, for a server asks its node several times for each voucher; idle ones for 4 s. */
const kept = { keepAlive: true, timeout: 4_000 }
const agents = { http: new HttpAgent(kept), https: new HttpsAgent(kept) }

/** `fetch` takes three times as long for requests this small. */
function post(url: string, body: string, timeoutMs: number): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const encrypted = url.startsWith('https:')
    const options = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      agent: encrypted ? agents.https : agents.http,
    }
    const request = (encrypted ? httpsRequest : httpRequest)(url, options, (response) => {
      const { statusCode: status = 0 } = response
      buffer(response).then((bytes) => resolve({ status, text: bytes.toString() }), reject)
    })
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), timeoutMs)
    request.once('close', () => clearTimeout(late))
    request.once('error', reject)
    request.end(body)
  })
}
