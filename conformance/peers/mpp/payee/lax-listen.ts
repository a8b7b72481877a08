/** Listeners that leave to their handler what the reference's own decides or hides: hosts, and how fields were written. */
import { createServer, type IncomingMessage } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { addressOf } from '../../../../src/http/address.ts'
import type { listen } from '../../../../src/http/listen.ts'

/** As `listen`, and takes any number of hosts, as frameworks do that look at no `Host`. */
export const laxListen: typeof listen = listening(() => undefined)

/** The field in which a handler reads the names of all fields, in the order and the letters of the request. */
export const writtenNames = 'x-written-names'

/** As `listen`, and tells its handler how the fields of a request were written. */
export const tellingListen: typeof listen = listening((request) => {
  const names = request.rawHeaders.filter((_, i) => i % 2 === 0).join(' ')
  request.rawHeaders.push(writtenNames, names)
  // Whoever asks for one field reads it here.
  request.headers[writtenNames] = names
})

function listening(prepare: (request: IncomingMessage) => void): typeof listen {
  return async (handler, { port = 0, host = '127.0.0.1' } = {}) => {
    const listener = getRequestListener((request) => handler(request), {
      overrideGlobalObjects: false,
      hostname: host,
    })
    const server = createServer({ requireHostHeader: false }, (request, response) => {
      prepare(request)
      void listener(request, response)
    })
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
