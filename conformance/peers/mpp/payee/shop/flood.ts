/**
 * Answers without an end: headers, bodies and events that are poured out as fast as a client takes them, until it hangs up
 * or has taken so much that a limit of its own can be ruled out. They are written on the bare connection, so that what was
 * taken is known.
 */
import { randomBytes } from 'node:crypto'
import type { Socket } from 'node:net'
import { constants, gzipSync } from 'node:zlib'
import type { Wrap } from '../wire.ts'
import { connectionOf } from './serve.ts'

/** Bytes after which a flood ends: more than connections buffer by themselves. */
const most = 16_777_216
const pieceBytes = 65_536

/** What is poured out. */
export interface Flood {
  /** The answer's beginning, by what the server answers: status line and fields, without the blank line. */
  head: (answer: Response) => readonly string[]
  /** What follows once, and then without an end. Each is a chunk of the body; without a body it follows as it is. */
  first?: Uint8Array
  endless: Uint8Array
  /** Whether it is the body that has no end, and not the header. */
  body: boolean
}

/** What became of a flood. */
export interface Poured {
  begun: boolean
  /** The client took all of it. */
  whole: boolean
}

/** Answers requests that a condition picks by a flood; the server sees them all the same. */
export const flooding =
  (picks: (request: Request) => boolean, { head, first, endless, body }: Flood, poured: Poured): Wrap =>
  (handler) =>
  async (request) => {
    const connection = connectionOf(request)
    if (!picks(request) || connection === undefined) return handler(request)
    poured.begun = true
    const answer = await handler(request)
    await answer.body?.cancel()
    const framed = body ? chunk : (bytes: Uint8Array) => bytes
    connection.write(`${head(answer).join('\r\n')}\r\n${body ? 'transfer-encoding: chunked\r\n\r\n' : ''}`)
    if (first !== undefined) connection.write(framed(first))
    const piece = framed(endless)
    for (let sent = 0; sent < most && !connection.destroyed; sent += endless.length)
      if (!connection.write(piece)) await drained(connection)
    if (!connection.destroyed) poured.whole = true
    connection.destroy()
    return new Promise<never>(() => undefined)
  }

const chunk = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')])

/** Until more can be written, or nothing any more. */
const drained = (connection: Socket): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      connection.off('drain', done)
      connection.off('close', done)
      resolve()
    }
    connection.on('drain', done)
    connection.on('close', done)
  })

/** The fields of an answer, as they are written. */
export const fieldsOf = ({ headers }: Response): string[] =>
  [...headers].map(([name, value]) => `${name}: ${value}`)

/** Letters without an end, and without a line break. */
export const letters: Uint8Array = Buffer.alloc(pieceBytes, 'x')

/** Lines of a header without an end. */
export const fieldLines: Uint8Array = Buffer.from('x-more: and more\r\n'.repeat(pieceBytes / 18))

/**
 * A stream packed by gzip that never ends: `text` once, and letters of which one byte unpacks to about twelve. All is one
 * member: blocks that refer to nothing before them can be repeated.
 */
export function bomb(text: string): { first: Uint8Array; endless: Uint8Array } {
  const packed = (plain: string): Buffer => gzipSync(plain, { finishFlush: constants.Z_FULL_FLUSH })
  const first = packed(text)
  const headerBytes = 10
  const words = randomBytes(2_048).toString('base64url').repeat(12)
  const block = packed(words).subarray(headerBytes)
  return { first, endless: Buffer.concat(Array.from({ length: 20 }, () => block)) }
}
