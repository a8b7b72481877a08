/** A client of bytes: sends what an HTTP client refuses to send, and reads the status of what comes back. */
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Recorder } from '../kit/trace.ts'
import { nextExchange } from './http.ts'
import { Patience } from './patience.ts'

export interface RawAnswer {
  /** Status of the final response; undefined when the connection was closed without one. */
  status: number | undefined
  /** Everything received, one character a byte. */
  text: string
}

const sought = { what: 'an answer to bytes written by hand' }

/** Most bytes of an answer that are kept. */
const maxAnswerBytes = 65_536

/**
 * Sends bytes on a connection of their own and resolves when the answer's head is complete or the target has
 * closed. Throws `TargetError` when the target does neither in time, `Blocked` where it is known to do neither.
 */
export async function sendRaw(
  url: string,
  bytes: Uint8Array,
  recorder: Recorder,
  given: Patience | number,
  note: string,
): Promise<RawAnswer> {
  const patience = typeof given === 'number' ? new Patience(given) : given
  patience.ask(sought)
  const { hostname, port, protocol } = new URL(url)
  const secure = protocol === 'https:'
  const at = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || (secure ? 443 : 80)) }
  const exchange = nextExchange()
  const method = /^[!-~]{1,20}/.exec(Buffer.from(bytes.subarray(0, 20)).toString('latin1'))?.[0] ?? '?'
  recorder.add({ kind: 'request', exchange, method, url, headers: [], bodyBytes: bytes.length, note })
  return new Promise((resolve, reject) => {
    const socket: Socket = secure ? connectTls({ ...at, servername: hostname }) : connect(at)
    let text = ''
    const finish = () => {
      wait.came()
      socket.destroy()
      const status = statusOf(text)
      if (status === undefined) recorder.add({ kind: 'end', exchange, how: 'by the target' })
      else recorder.add({ kind: 'response', exchange, status, headers: [] })
      resolve({ status, text })
    }
    const wait = patience.wait(sought, (silence) => {
      socket.destroy()
      recorder.add({ kind: 'end', exchange, how: 'by the kit' })
      reject(silence.error(`${note}: neither answered nor closed`))
    })
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (text.length > maxAnswerBytes || isWhole(text)) finish()
    })
    // A target that closes while it is still being sent to has answered in its way.
    socket.once('error', finish)
    socket.once('close', finish)
    socket.write(bytes)
  })
}

/** The head of the final response: interim 1xx responses come before it. */
const finalHead = /^(?:HTTP\/1\.[01] 1\d\d[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)*HTTP\/1\.[01] ([2-9]\d\d)/

const statusOf = (text: string): number | undefined => {
  const found = finalHead.exec(text)?.[1]
  return found === undefined ? undefined : Number(found)
}

/** Whether the final head has arrived completely. */
const isWhole = (text: string): boolean =>
  new RegExp(`${finalHead.source}[^\\r\\n]*\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n`).test(text)
