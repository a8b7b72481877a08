/** Tools that stand between a server and the reader of its streams. */
import { isStream, type Wrap } from '../../answers.ts'

/** Event streams whose body is read by something else. */
export const throughBody =
  (body: (source: ReadableStreamDefaultReader<Uint8Array>) => UnderlyingDefaultSource<Uint8Array>): Wrap =>
  (handler) =>
  async (request) => {
    // Without the request's own signal: whether the client is still there is for the body to find out.
    const { method, headers, url } = request
    const response = await handler(new Request(url, { method, headers }))
    if (!isStream(response) || response.body === null) return response
    const source = response.body.getReader()
    return new Response(new ReadableStream(body(source), { highWaterMark: 0 }), response)
  }
