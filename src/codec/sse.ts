/**
 * Server-Sent Events framing (WHATWG HTML, "Server-sent events").
 *
 * Writing is ours, because it is where content could forge a control event: every line of the data, whatever
 * ends it (LF, CR, CRLF), becomes a `data:` line of the same event. Reading is eventsource-parser.
 */
import { createParser } from 'eventsource-parser'
import { DecodeError } from './decode-error.ts'

/** One server-sent event. */
export interface SseEvent {
  /** `message` when the stream names none. */
  event: string
  data: string
  id?: string
}

/** Most characters of one event that are buffered while reading. */
export const maxEventChars = 1_048_576

/** One event to its text, ended by a blank line. Throws `TypeError` when a name holds a line break. */
export function encode({ data, event, id }: { data: string; event?: string; id?: string }): string {
  const head = field('id', id) + field('event', event)
  // Most data is one line.
  if (!lineBreak.test(data)) return `${head}data: ${data}\n\n`
  return `${head}${data
    .split(lineBreak)
    .map((line) => `data: ${line}\n`)
    .join('')}\n`
}

const lineBreak = /\r\n|\r|\n/

function field(name: string, value: string | undefined): string {
  if (value === undefined) return ''
  if (/[\r\n\0]/.test(value)) throw new TypeError(`SSE ${name} cannot hold a line break or NUL`)
  return `${name}: ${value}\n`
}

/** A comment, which readers skip: keeps a connection alive. */
export const comment = (text: string): string => `: ${text.replace(/[\r\n]+/g, ' ')}\n\n`

/** Reads bytes in any chunking. `push` returns the events the chunk completes; throws `DecodeError` `too-large`. */
export function reader(limit: number = maxEventChars): { push(chunk: Uint8Array): SseEvent[] } {
  const utf8 = new TextDecoder('utf-8')
  let ready: SseEvent[] = []
  const parser = createParser({
    maxBufferSize: limit,
    onEvent(event) {
      const out: SseEvent = { event: event.event || 'message', data: event.data }
      if (event.id !== undefined) out.id = event.id
      ready.push(out)
    },
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded')
        throw new DecodeError('too-large', `an event is over ${limit} characters`)
    },
  })
  // The parser drops U+00EF U+00BB U+00BF from the text it is given first, taking them for the bytes of a mark; the
  // mark itself is dropped with the bytes. So it is given a comment first.
  parser.feed(':\n')
  // A CR ends a line at once; the parser would wait for the next chunk to see whether an LF follows, and lose the
  // last event of a stream framed by CR.
  let afterCr = false
  const normalize = (text: string): string => {
    const rest = afterCr && text.startsWith('\n') ? text.slice(1) : text
    if (text !== '') afterCr = text.endsWith('\r')
    return rest.replace(/\r\n?/g, '\n')
  }
  return {
    push(chunk) {
      ready = []
      parser.feed(normalize(utf8.decode(chunk, { stream: true })))
      return ready
    },
  }
}

/** The events of a byte stream, as they complete. */
export async function* decode(
  stream: AsyncIterable<Uint8Array>,
  limit: number = maxEventChars,
): AsyncGenerator<SseEvent, void, undefined> {
  const events = reader(limit)
  for await (const chunk of stream) yield* events.push(chunk)
}
