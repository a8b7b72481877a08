/** Where a target listens. */
import { createServer } from 'node:http'

/** Serves a fetch handler through the target's own `getRequestListener` of `@hono/node-server`. */
export function listen(getRequestListener, handle) {
  const listener = getRequestListener(handle, { overrideGlobalObjects: false })
  const server = createServer(
    { maxHeaderSize: 65_536 },
    (request, response) => void listener(request, response),
  )
  server.listen(Number(process.env.PORT), '127.0.0.1')
}
