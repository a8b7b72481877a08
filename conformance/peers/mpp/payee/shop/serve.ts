/** Serves a fetch handler, and lets what no such handler can do be done with the bare connection before it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Handler } from '../../../../../src/http/handler.ts'
import { maxHeaderBytes } from '../../../../../src/http/listen.ts'
import { cameFrom } from '../../../../../src/http/sender.ts'

/** Answers a request past every rule of HTTP; false leaves it to the handler. */
export type Bare = (request: IncomingMessage, response: ServerResponse) => boolean

/** A shop that listens. */
export interface Serving {
  url: string
  close(): Promise<void>
}

const sockets = new WeakMap<Request, Socket>()

/** Breaks the connection that a request came by: whatever is answered is lost. */
export const breakOff = (request: Request): void => void sockets.get(request)?.destroy()

/** Ends what is sent on the connection that a request came by, and goes on to read what comes. */
export const halfClose = (request: Request): void => void sockets.get(request)?.end()

/** The connection that a request came by, for answers that no handler can give. */
export const connectionOf = (request: Request): Socket | undefined => sockets.get(request)

/** Listens on a free port of loopback. Closing ends what is open. */
export async function serve(handler: Handler, bare: Bare = () => false): Promise<Serving> {
  const listener = getRequestListener(
    (request, { incoming }) => {
      sockets.set(request, incoming.socket)
      return handler(cameFrom(request, incoming.socket.remoteAddress))
    },
    { overrideGlobalObjects: false, hostname: '127.0.0.1' },
  )
  const server = createServer({ maxHeaderSize: maxHeaderBytes }, (request, response) => {
    if (!bare(request, response)) void listener(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
