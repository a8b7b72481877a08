/**
 * Answers whose bytes are known before they are sent. A server that finds them here writes head and body at once, with
 * their length; any other reads the body of the response, which is the same.
 */
const known = new WeakMap<Response, Uint8Array<ArrayBuffer>>()

/** A response with these bytes as its body. */
export function wholeResponse(bytes: Uint8Array<ArrayBuffer>, init: ResponseInit): Response {
  const response = new Response(bytes, init)
  known.set(response, bytes)
  return response
}

/** The bytes of such a response, as long as nobody read them; undefined for every other. */
export const bytesOf = (response: Response): Uint8Array<ArrayBuffer> | undefined =>
  response.bodyUsed || response.body?.locked ? undefined : known.get(response)

/** The same response with other headers. */
export function withHeaders(response: Response, headers: Headers): Response {
  const { body, status, statusText } = response
  const init = { status, statusText, headers }
  const bytes = bytesOf(response)
  return bytes === undefined ? new Response(body, init) : wholeResponse(bytes, init)
}
