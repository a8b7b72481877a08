/** The server of the streams that are measured, by mppx with its defaults: words without end. Prints its address. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mppxHandler, mppxWords } from '../mppx.ts'
import { peerModule } from '../peers.ts'

const { RPC_URL = '' } = process.env
const { getRequestListener } = await peerModule<{
  getRequestListener(handle: (request: Request) => Promise<Response>, options: object): never
}>('mppx', '@hono/node-server')

const handler = await mppxHandler(RPC_URL, (request) =>
  request.url.endsWith('/line') ? new Response('a line\n') : mppxWords(Number.POSITIVE_INFINITY),
)
const listener = getRequestListener(handler, { overrideGlobalObjects: false })
const server = createServer({ maxHeaderSize: 65_536 }, listener)
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
