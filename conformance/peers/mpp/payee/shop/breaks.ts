/** How the answers of a shop break off, or come without content. */
import { isStream } from '../body.ts'
import { paying, type Wrap } from '../wire.ts'
import { breakOff } from './serve.ts'

/** The first stream breaks off after so many units. */
export function cutting(units: number): Wrap {
  let left = units
  const isOver = (chunk: Uint8Array): boolean => {
    if (left === 0) {
      left = Number.POSITIVE_INFINITY
      return true
    }
    if (new TextDecoder().decode(chunk).includes('data: unit')) left--
    return false
  }
  return (handler) => async (request) => {
    const response = await handler(request)
    if (!isStream(response) || response.body === null) return response
    const source = response.body.getReader()
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { value, done } = await source.read()
          if (done || value === undefined) return controller.close()
          if (!isOver(value)) return controller.enqueue(value)
          breakOff(request)
          return new Promise(() => undefined)
        },
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    const { status, headers } = response
    return new Response(body, { status, headers })
  }
}

/** Opens are answered by their receipts alone, whatever they ask for: the server takes them for HEAD. */
export const muted: Wrap = (handler) => async (request) => {
  if (!paying('open')(request)) return handler(request)
  const { url, headers, signal } = request
  const { headers: told, ok } = await handler(new Request(url, { method: 'HEAD', headers, signal }))
  return new Response(null, { status: ok ? 204 : 402, headers: told })
}
