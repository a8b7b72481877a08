/** How the answers of a shop break off, fall silent, or come without content. */
import { isStream } from '../../../answers.ts'
import { paying, type Wrap } from '../wire.ts'
import { breakOff, connectionOf } from './serve.ts'

/** The first stream breaks off after so many units. */
export const cutting = (units: number): Wrap => stopping(units, breakOff)

/** The first stream sends nothing more after so many units; `act` is what happens then. */
export function stopping(units: number, act: (request: Request) => void): Wrap {
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
          act(request)
          return never
        },
        cancel: (reason) => source.cancel(reason),
      },
      { highWaterMark: 0 },
    )
    const { status, headers } = response
    return new Response(body, { status, headers })
  }
}

/** What never comes. */
const never = new Promise<never>(() => undefined)

/** When a payee falls silent, and for how long. */
export interface Silence {
  /** Told when it begins. */
  begins(request: Request): void
  /** Breaks the connection off after so many milliseconds; default never. */
  mostMs?: number | undefined
}

/** Requests that a condition picks are taken, and never answered. */
export const silent =
  (picks: (request: Request) => boolean, silence: Silence): Wrap =>
  (handler) =>
  async (request) =>
    picks(request) ? fallSilent(request, silence) : handler(request)

/** Ends a silence in time, where it has an end. */
export function endInTime(request: Request, { mostMs }: Pick<Silence, 'mostMs'>): void {
  if (mostMs !== undefined) setTimeout(() => breakOff(request), mostMs).unref()
}

function fallSilent(request: Request, silence: Silence): Promise<never> {
  silence.begins(request)
  endInTime(request, silence)
  return never
}

/** As `silent`, but for a header that comes letter by letter and has no end. */
export const dripping =
  (picks: (request: Request) => boolean, silence: Silence): Wrap =>
  (handler) =>
  async (request) => {
    if (!picks(request)) return handler(request)
    const connection = connectionOf(request)
    connection?.write('HTTP/1.1 402 Payment Required\r\nx-drip: ')
    const drip = setInterval(() => connection?.write('.'), dripMs)
    connection?.once('close', () => clearInterval(drip))
    return fallSilent(request, silence)
  }

/** Milliseconds between two letters of a header that drips. */
const dripMs = 50

/** Opens are answered by their receipts alone, whatever they ask for: the server takes them for HEAD. */
export const muted: Wrap = (handler) => async (request) => {
  if (!paying('open')(request)) return handler(request)
  const { url, headers, signal } = request
  const { headers: told, ok } = await handler(new Request(url, { method: 'HEAD', headers, signal }))
  return new Response(null, { status: ok ? 204 : 402, headers: told })
}
