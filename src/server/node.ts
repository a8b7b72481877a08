/** Serves a fetch handler on a port. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Handler } from './payments.ts'
import { cameFrom } from './sender.ts'

export interface Listening {
  url: string
  port: number
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Largest block of request headers, in bytes: a credential with its transaction has about 4 KB. */
export const maxHeaderBytes = 65_536

/** Listens on loopback; port 0 picks a free one. Rejects when the port is taken. Closing ends open streams. */
export async function listen(
  handler: Handler,
  options: { port?: number; host?: string } = {},
): Promise<Listening> {
  const listener = getRequestListener(
    (request, { incoming }) => handler(cameFrom(request, incoming.socket.remoteAddress)),
    { overrideGlobalObjects: false },
  )
  const server = createServer(
    { maxHeaderSize: maxHeaderBytes },
    (request, response) => void listener(request, response),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${port}`, port, close, [Symbol.asyncDispose]: close }
}
