/**
 * Serves a fetch handler, and lets what no such handler can do be done with the bare connection before it. With a
 * certificate it speaks TLS; what comes without TLS to the same port is then answered by another listener.
 */
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createFront, type Server, type Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Handler } from '../../../../../src/http/handler.ts'
import { maxHeaderBytes } from '../../../../../src/http/listen.ts'
import { cameFrom } from '../../../../../src/http/sender.ts'
import type { Certificate } from '../../../../harness/certificate.ts'

/** Answers a request past every rule of HTTP; false leaves it to the handler. */
export type Bare = (request: IncomingMessage, response: ServerResponse) => boolean

/** A shop that listens. */
export interface Serving {
  url: string
  close(): Promise<void>
}

export interface ServeOptions {
  bare?: Bare | undefined
  /** Speaks TLS; `plain` answers what comes without. */
  secure?: { certificate: Certificate; plain: RequestListener } | undefined
}

const sockets = new WeakMap<Request, Socket>()

/** Breaks the connection that a request came by: whatever is answered is lost. */
export const breakOff = (request: Request): void => void sockets.get(request)?.destroy()

/** Ends what is sent on the connection that a request came by, and goes on to read what comes. */
export const halfClose = (request: Request): void => void sockets.get(request)?.end()

/** The connection that a request came by, for answers that no handler can give. */
export const connectionOf = (request: Request): Socket | undefined => sockets.get(request)

/** Listens on a free port of loopback. Closing ends what is open. */
export async function serve(
  handler: Handler,
  { bare = () => false, secure }: ServeOptions = {},
): Promise<Serving> {
  const listener = getRequestListener(
    (request, { incoming }) => {
      sockets.set(request, incoming.socket)
      return handler(cameFrom(request, incoming.socket.remoteAddress))
    },
    { overrideGlobalObjects: false, hostname: '127.0.0.1' },
  )
  const answer: RequestListener = (request, response) => {
    if (!bare(request, response)) void listener(request, response)
  }
  const server = secure === undefined ? createServer(limits, answer) : onePort(secure, answer)
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${secure === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** A connection at rest outlives each run of a client: who sends a voucher as it closes could not know that it was lost. */
const limits = { maxHeaderSize: maxHeaderBytes, keepAliveTimeout: 600_000 }
/** The first byte of a connection that begins with a TLS handshake (RFC 8446, "Record Layer"). */
const handshake = 0x16

/** A server of TLS, and of HTTP without it on the same port: which of both a connection is, its first byte says. */
function onePort(
  { certificate, plain }: NonNullable<ServeOptions['secure']>,
  answer: RequestListener,
): Server {
  const servers = {
    tls: createSecureServer({ ...limits, ...certificate }, answer),
    plain: createServer(limits, plain),
  }
  return createFront((socket) => {
    // A client may break off before it says anything.
    socket.on('error', () => socket.destroy())
    socket.once('data', (first: Buffer) => {
      socket.pause()
      socket.unshift(first)
      servers[first[0] === handshake ? 'tls' : 'plain'].emit('connection', socket)
      process.nextTick(() => socket.resume())
    })
  })
}
