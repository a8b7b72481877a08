/** A listener that leaves the rules of HTTP about hosts to its handler, as frameworks do that look at no `Host`. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { listen } from '../../../../src/http/listen.ts'

/** As `listen`, and takes any number of hosts. */
export const laxListen: typeof listen = async (handler, { port = 0, host = '127.0.0.1' } = {}) => {
  const listener = getRequestListener((request) => handler(request), {
    overrideGlobalObjects: false,
    hostname: host,
  })
  const server = createServer({ requireHostHeader: false }, (request, response) => {
    void listener(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const at = (server.address() as AddressInfo).port
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${at}`, port: at, close, [Symbol.asyncDispose]: close }
}
