/** Listeners that leave to their handler what the reference's own decides or hides: hosts, and how fields were written. */
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { addressOf } from '../../src/http/address.ts'
import type { listen } from '../../src/http/listen.ts'

/** As `listen`, and takes any number of hosts, as frameworks do that look at no `Host`. */
export const laxListen: typeof listen = listening(() => undefined)

/** The field in which a handler reads the names of all fields, in the order and the letters of the request. */
export const writtenNames = 'x-written-names'

/** The field in which a handler reads the names of fields whose values have other white space around them than one space. */
export const spacedFields = 'x-spaced-fields'

/** As `listen`, and tells its handler how the fields of a request were written. */
export const tellingListen: typeof listen = listening((request, received) => {
  const names = request.rawHeaders.filter((_, i) => i % 2 === 0).join(' ')
  const [head = ''] = received.split('\r\n\r\n')
  const spaced = [...head.matchAll(/^([^:\s]+):(?:(?! )|[ \t]{2,}|.*[ \t]$)/gm)].map(([, name = '']) =>
    name.toLowerCase(),
  )
  for (const [name, value] of [
    [writtenNames, names],
    [spacedFields, spaced.join(' ')],
  ] as const) {
    request.rawHeaders.push(name, value)
    // Whoever asks for one field reads it here.
    request.headers[name] = value
  }
})

/** `prepare` sees each request, and what came on its connection so far, one character a byte. */
function listening(prepare: (request: IncomingMessage, received: string) => void): typeof listen {
  return async (handler, { port = 0, host = '127.0.0.1' } = {}) => {
    const listener = getRequestListener((request) => handler(request), {
      overrideGlobalObjects: false,
      hostname: host,
    })
    const received = new WeakMap<Socket, string>()
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      prepare(request, received.get(request.socket) ?? '')
      void listener(request, response)
    })
    // Parsers drop the white space around values. It is seen on connections that carry one request, as the kit's do.
    server.on('connection', (socket: Socket) =>
      socket.prependListener('data', (chunk: Buffer) =>
        received.set(socket, `${received.get(socket) ?? ''}${chunk.toString('latin1')}`),
      ),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    const close = () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    return { ...addressOf(server), close, [Symbol.asyncDispose]: close }
  }
}
