/** Request bodies: read once, up to a limit, and put back for the author. */

/** Largest request body that is read, in bytes. */
export const maxRequestBytes = 1_048_576

/** The body, or undefined when it is too large. */
export async function readBody(request: Request): Promise<Uint8Array | undefined> {
  // Asking for the body of a request that has none costs a server more than the rest of the request.
  const { method, headers } = request
  const hasNone = method === 'GET' || method === 'HEAD' || headers.get('content-length') === '0'
  if (hasNone || request.body === null) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxRequestBytes) return undefined
    chunks.push(chunk)
  }
  const body = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    body.set(chunk, at)
    at += chunk.length
  }
  return body
}

/** The request with the body that was read off it. */
export function withBody(request: Request, body: Uint8Array): Request {
  if (body.length === 0) return request
  const { method, headers, signal } = request
  return new Request(request.url, { method, headers, signal, body: body as Uint8Array<ArrayBuffer> })
}
