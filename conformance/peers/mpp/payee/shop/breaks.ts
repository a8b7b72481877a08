/** How the answers of a shop break off, or come in pieces. */
import { isStream } from '../body.ts'
import { paying, type Wrap } from '../wire.ts'
import { breakOff } from './serve.ts'

/** Changes the bytes of event streams; undefined breaks the connection off. */
const throughBytes =
  (pieces: (chunk: Uint8Array) => Iterable<Uint8Array> | undefined): Wrap =>
  (handler) =>
  async (request) => {
    const response = await handler(request)
    if (!isStream(response) || response.body === null) return response
    const source = response.body.getReader()
    const waiting: Uint8Array[] = []
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          while (waiting.length === 0) {
            const { value, done } = await source.read()
            if (done || value === undefined) return controller.close()
            const next = pieces(value)
            if (next === undefined) {
              breakOff(request)
              return new Promise(() => undefined)
            }
            waiting.push(...next)
          }
          controller.enqueue(waiting.shift() as Uint8Array)
        },
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    const { status, headers } = response
    return new Response(body, { status, headers })
  }

/** Every byte on its own. */
export const piecemeal: Wrap = throughBytes((chunk) => [...chunk].map((byte) => Uint8Array.of(byte)))

/** The first stream breaks off after so many units. */
export function cutting(units: number): Wrap {
  let left = units
  return throughBytes((chunk) => {
    if (left === 0) {
      left = Number.POSITIVE_INFINITY
      return undefined
    }
    if (new TextDecoder().decode(chunk).includes('data: unit')) left--
    return [chunk]
  })
}

/** Opens are answered by their receipts alone, whatever they ask for: the server takes them for HEAD. */
export const muted: Wrap = (handler) => async (request) => {
  if (!paying('open')(request)) return handler(request)
  const { url, headers, signal } = request
  const { headers: told, ok } = await handler(new Request(url, { method: 'HEAD', headers, signal }))
  return new Response(null, { status: ok ? 204 : 402, headers: told })
}
