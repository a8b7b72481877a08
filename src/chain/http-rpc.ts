/** A node behind a URL as an `Rpc`, asked over connections of Node that stay open. */
import * as net from 'node:net'
import * as tls from 'node:tls'
import { KeptConnections, socketsOf } from '../http/kept-connections.ts'
import { defaultTimeoutMs, rpcOver } from './fetch-rpc.ts'
import type { Rpc } from './rpc.ts'

/**
 * An `Rpc` that sends each request to the JSON-RPC node at `url`, one HTTP POST a request, never batched. `timeoutMs`:
 * the longest wait for an answer, in milliseconds; default 10,000. Requests reject with `RpcError` (the node's `code`
 * and `data`) when the node answers an error, and with `RpcUnreachable` when there is no answer in time, a status of
 * 5xx, or an answer that is not JSON-RPC. Nothing is sent when it is built. `fetchRpc` does the same where there is no
 * Node.
 */
export const httpRpc = (url: string, options: { timeoutMs?: number } = {}): Rpc =>
  rpcOver(url, poster(url, options.timeoutMs ?? defaultTimeoutMs))

/** How long an idle connection is kept, in milliseconds: less than servers of Node keep theirs. */
const idleMs = 4_000
/** Of all nodes: a server asks its own for each voucher. */
const connections = new KeptConnections(socketsOf(net, tls), idleMs)

function poster(text: string, timeoutMs: number) {
  let target: { url: URL; headers: [string, string][] } | undefined
  return async (body: string): Promise<{ status: number; text: string }> => {
    target ??= targetOf(text)
    const { answer, stop } = connections.send({ method: 'POST', ...target, body })
    const late = setTimeout(() => stop(new Error('no answer in time')), timeoutMs)
    try {
      const { status, body: bytes } = await answer
      return { status, text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString() }
    } finally {
      clearTimeout(late)
    }
  }
}

/** Where to post, and with which headers: a name and password in the URL are sent as HTTP has it. */
function targetOf(text: string): { url: URL; headers: [string, string][] } {
  const url = new URL(text)
  const headers: [string, string][] = [['content-type', 'application/json']]
  const { username, password } = url
  if (username !== '' || password !== '') {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    headers.push(['authorization', `Basic ${Buffer.from(login).toString('base64')}`])
  }
  return { url, headers }
}
