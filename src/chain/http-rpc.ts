/** A node behind a URL as an `Rpc`, asked over connections of Node that stay open. */
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { defaultTimeoutMs, maxAnswerBytes, rpcOver, tooLong } from './fetch-rpc.ts'
import type { Rpc } from './rpc.ts'

/**
 * An `Rpc` that sends each request to the JSON-RPC node at `url`, one HTTP POST a request, never batched. `timeoutMs`:
 * the longest wait for an answer, in milliseconds; default 10,000. Requests reject with `RpcError` (the node's `code`
 * and `data`) when the node answers an error, and with `RpcUnreachable` when there is no answer in time, a status of
 * 5xx, or an answer that is not JSON-RPC. Nothing is sent when it is built. `fetchRpc` does the same where there is no
 * Node.
 */
export const httpRpc = (url: string, options: { timeoutMs?: number } = {}): Rpc =>
  rpcOver(url, (body) => post(url, body, options.timeoutMs ?? defaultTimeoutMs))

/**
 * Kept open, because a server asks its node several times for each voucher. Idle connections are closed after 4
 * seconds.
 */
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
      const chunks: Buffer[] = []
      let size = 0
      response.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > maxAnswerBytes) request.destroy(new Error(tooLong))
        else chunks.push(chunk)
      })
      response.once('end', () => resolve({ status, text: textOf(chunks) }))
      response.once('error', reject)
    })
    const late = setTimeout(() => request.destroy(new Error('no answer in time')), timeoutMs)
    request.once('close', () => clearTimeout(late))
    request.once('error', reject)
    request.end(body)
  })
}

const textOf = (chunks: readonly Buffer[]): string =>
  (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString()
