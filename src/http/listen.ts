/** Serves a fetch handler over HTTP on a port of this machine, with the HTTP server of Node. */
import { createServer, type ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { addressOf } from './address.ts'
import type { Handler } from './handler.ts'
import { hasOneHost } from './host.ts'
import { cameFrom } from './sender.ts'
import { bytesOf } from './whole.ts'

/** A server that is listening. `close` ends open connections, event streams included. */
export interface Listening {
  url: string
  port: number
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Largest block of request headers, in bytes: a credential with its transaction has about 4 KB. */
export const maxHeaderBytes = 65_536

/**
 * Serves a fetch handler over HTTP. `port`: default 0, which picks a free port. `host`: the address to listen on,
 * default `127.0.0.1`; `url` names it, or loopback when it is every address. Resolves once the server listens. Rejects with the error of Node (`EADDRINUSE`) when the port is
 * taken. A request whose header block is larger than 65,536 bytes, or that does not name its host exactly once (RFC
 * 9112, section 3.2), is refused before it reaches the handler. `close()` ends open connections, and with them open
 * streams.
 */
export async function listen(
  handler: Handler,
  options: { port?: number; host?: string } = {},
): Promise<Listening> {
  const host = options.host ?? '127.0.0.1'
  // HTTP/1.0 has no Host; the address stands for it (RFC 9112, section 3.3).
  const listener = getRequestListener(
    async (request, { incoming, outgoing }) => {
      const response = await handler(cameFrom(request, incoming.socket.remoteAddress))
      return wroteWhole(response, outgoing as ServerResponse) ? RESPONSE_ALREADY_SENT : response
    },
    { overrideGlobalObjects: false, hostname: host },
  )
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    if (hasOneHost(request)) void listener(request, response)
    else response.writeHead(400, { connection: 'close' }).end()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, host, resolve)
  })
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { ...addressOf(server), close, [Symbol.asyncDispose]: close }
}

/** Writes an answer whose bytes are known, head and body at once; false for one that must be read first. */
function wroteWhole(response: Response, outgoing: ServerResponse): boolean {
  const bytes = bytesOf(response)
  if (bytes === undefined || outgoing.headersSent || outgoing.destroyed) return false
  const headers: Record<string, string | string[]> = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) headers['set-cookie'] = cookies
  headers['content-type'] ??= 'text/plain; charset=UTF-8'
  if (headers['transfer-encoding'] === undefined) headers['content-length'] ??= String(bytes.length)
  outgoing.writeHead(response.status, headers).end(bytes)
  return true
}
