/** Bodies that are kept: read once, up to a limit, and put back or sent again. */

/** Largest request body that is read, in bytes. */
export const maxRequestBytes = 1_048_576

/** The body, or undefined when it is too large. */
export async function readBody(request: Request): Promise<Uint8Array | undefined> {
  // Asking for the body of a request that has none costs a server more than the rest of the request.
  const { method, headers } = request
  const hasNone = method === 'GET' || method === 'HEAD' || headers.get('content-length') === '0'
  if (hasNone || request.body === null) return new Uint8Array()
  return wholeOf(request.body, maxRequestBytes)
}

/** All bytes of a body; undefined when there are more than `maxBytes`, and the rest is not waited for. */
export async function wholeOf(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = body.getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length
    if (size > maxBytes) {
      await reader.cancel()
      return undefined
    }
    chunks.push(next.value)
  }
  const whole = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** The request with the body that was read off it. */
export function withBody(request: Request, body: Uint8Array): Request {
  if (body.length === 0) return request
  const { method, headers, signal } = request
  return new Request(request.url, { method, headers, signal, body: body as Uint8Array<ArrayBuffer> })
}
