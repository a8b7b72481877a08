/**
 * Requests over HTTP/1.1 connections that stay open, for requests that are small and many: a voucher, a question to a
 * node. `node:http` takes several times as long for one of them, and sends it a turn later.
 *
 * A connection carries one request at a time. One whose answer is not framed beyond doubt (RFC 9112, section 6) is ended,
 * so that no bytes are taken for the next answer. Nothing of Node is imported: whoever builds it brings the sockets.
 */
import type * as Net from 'node:net'
import type * as Tls from 'node:tls'

type Socket = Net.Socket

/** A request that is whole: its body is text, or there is none. */
export interface Outgoing {
  method: string
  url: URL
  headers: Iterable<readonly [string, string]>
  body?: string
}

/** An answer that is whole. */
export interface Incoming {
  status: number
  statusText: string
  headers: [string, string][]
  body: Uint8Array<ArrayBuffer>
}

/** A request under way. `stop` ends its connection; the answer then rejects with the error. */
export interface UnderWay {
  answer: Promise<Incoming>
  stop(error: Error): void
}

/** Largest head and body of an answer, in bytes. */
const maxHeadBytes = 65_536
const maxBodyBytes = 134_217_728

/** Connections by the sockets of Node. Throws `TypeError` for any other protocol than http and https. */
export const socketsOf =
  (net: typeof Net, tls: typeof Tls) =>
  ({ protocol, hostname, port }: URL): Socket => {
    const host = hostname.replace(/^\[|\]$/g, '')
    if (protocol === 'http:') return net.connect({ host, port: Number(port || 80) })
    if (protocol !== 'https:') throw new TypeError(`${protocol} is not spoken here`)
    const named = net.isIP(host) === 0 ? { servername: host } : {}
    return tls.connect({ host, port: Number(port || 443), ALPNProtocols: ['http/1.1'], ...named })
  }

export class KeptConnections {
  readonly #connect: (url: URL) => Socket
  readonly #idleMs: number
  readonly #idle = new Map<string, Connection[]>()

  /** `connect` begins a connection to an origin; one that is idle for `idleMs` milliseconds is closed. */
  constructor(connect: (url: URL) => Socket, idleMs: number) {
    this.#connect = connect
    this.#idleMs = idleMs
  }

  /**
   * Sends at once, on a connection that is free or a new one. Rejects with the error of the socket, or with a `TypeError`
   * for an answer that is none. Throws `TypeError` for what cannot be sent.
   */
  send(request: Outgoing): UnderWay {
    const text = textOf(request)
    const { origin } = request.url
    const free = this.#idle.get(origin) ?? []
    this.#idle.set(origin, free)
    const connection =
      free.pop() ??
      new Connection(this.#connect(request.url), (gone) => {
        const at = free.indexOf(gone)
        if (at >= 0) free.splice(at, 1)
      })
    const answer = new Promise<Incoming>((resolve, reject) =>
      connection.send(text, request.method, {
        resolve: (incoming) => {
          const idleMs = Math.min(this.#idleMs, hintedMs(incoming))
          if (keeps(incoming) && connection.rest(idleMs)) free.push(connection)
          else connection.end()
          resolve(incoming)
        },
        reject,
      }),
    )
    return { answer, stop: (error) => connection.end(error) }
  }
}

interface Awaited {
  resolve(incoming: Answer): void
  reject(error: Error): void
}

type Answer = Incoming & { version: string }

class Connection {
  readonly #socket: Socket
  #awaited: Awaited | undefined
  #answer: AnswerReader | undefined
  #gone = false

  constructor(socket: Socket, gone: (connection: Connection) => void) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.once('end', () => this.#ended())
    socket.on('error', (error) => this.#fail(error))
    socket.once('timeout', () => this.end())
    socket.once('close', () => {
      this.#gone = true
      gone(this)
      this.#fail(closedEarly())
    })
  }

  send(text: string, method: string, awaited: Awaited): void {
    this.#awaited = awaited
    this.#answer = new AnswerReader(method)
    this.#socket.ref()
    this.#socket.setTimeout(0)
    this.#socket.write(text, 'latin1')
  }

  /** Waits for the next request, without keeping the process. Answers whether it can. */
  rest(idleMs: number): boolean {
    if (this.#gone || idleMs <= 0) return false
    this.#socket.unref()
    this.#socket.setTimeout(idleMs)
    return true
  }

  end(error?: Error): void {
    if (error !== undefined) this.#fail(error)
    this.#gone = true
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    try {
      // Nobody asked for it: whatever it is, it is not the next answer.
      if (this.#answer === undefined) this.end()
      else if (this.#answer.take(chunk)) this.#done(this.#answer)
    } catch (error) {
      this.end(error as Error)
    }
  }

  #ended(): void {
    if (this.#answer?.endsWithConnection === true) {
      this.#gone = true
      this.#done(this.#answer)
    } else this.end(closedEarly())
  }

  #done({ answer }: AnswerReader): void {
    const awaited = this.#awaited
    this.#awaited = this.#answer = undefined
    awaited?.resolve(answer)
  }

  #fail(error: Error): void {
    const awaited = this.#awaited
    this.#awaited = this.#answer = undefined
    awaited?.reject(error)
  }
}

const closedEarly = (): Error => Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' })

/** The bytes of a request, one latin1 character each. */
function textOf({ method, url, headers, body }: Outgoing): string {
  let head = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}\r\n`
  for (const [name, value] of headers) {
    // A value with a line of its own would be another request.
    if (/[\r\n\0]/.test(name) || /[\r\n\0]/.test(value)) throw new TypeError(`${name} cannot be sent`)
    head += `${name}: ${value}\r\n`
  }
  if (body === undefined) return `${head}\r\n`
  const bytes = Buffer.from(body).toString('latin1')
  return `${head}content-length: ${bytes.length}\r\n\r\n${bytes}`
}

/** Reads one answer from the bytes of a connection. Throws `TypeError` for what is none, or is followed by more. */
class AnswerReader {
  readonly #isHead: boolean
  #bytes: Buffer = Buffer.alloc(0)
  #parts: Buffer[] = []
  #held = 0
  /** Bytes that must be there before it is worth looking. */
  #need = 1
  #head: Omit<Answer, 'body'> | undefined
  #framing: 'none' | 'length' | 'chunked' | 'connection' = 'none'
  #left = 0
  readonly #body: Buffer[] = []
  #bodyBytes = 0

  constructor(method: string) {
    this.#isHead = method === 'HEAD'
  }

  get endsWithConnection(): boolean {
    return this.#head !== undefined && this.#framing === 'connection'
  }

  get answer(): Answer {
    return { ...(this.#head as Omit<Answer, 'body'>), body: joined(this.#body) }
  }

  /** Takes bytes; answers whether the answer is whole. */
  take(chunk: Buffer): boolean {
    this.#parts.push(chunk)
    this.#held += chunk.length
    if (this.#held < this.#need) return false
    this.#bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts)
    const whole = this.#step()
    this.#parts = this.#bytes.length === 0 ? [] : [this.#bytes]
    this.#held = this.#bytes.length
    if (whole && this.#held > 0) throw broken('more than was asked for')
    return whole
  }

  #step(): boolean {
    while (this.#head === undefined) {
      const end = this.#bytes.indexOf('\r\n\r\n')
      if ((end < 0 ? this.#bytes.length : end) > maxHeadBytes) throw broken('a head that is too long')
      if (end < 0) return this.#wait(this.#bytes.length + 1)
      const head = headOf(this.#cut(end + 4).toString('latin1', 0, end))
      // What comes before the answer says nothing of it (RFC 9110, section 15.2).
      if (head.status < 200) continue
      this.#head = head
      this.#frame(head)
    }
    if (this.#framing === 'none') return true
    if (this.#framing === 'connection') {
      this.#take(this.#cut(this.#bytes.length))
      return this.#wait(1)
    }
    if (this.#framing === 'chunked') return this.#chunks()
    if (this.#bytes.length < this.#left) return this.#wait(this.#left)
    this.#take(this.#cut(this.#left))
    return true
  }

  /** RFC 9112, section 6.3. */
  #frame({ status, headers }: Omit<Answer, 'body'>): void {
    const coding = valuesOf(headers, 'transfer-encoding')
    const lengths = new Set(valuesOf(headers, 'content-length'))
    if (this.#isHead || status === 204 || status === 304) return
    if (coding.length > 0) {
      if (coding.join().toLowerCase() !== 'chunked' || lengths.size > 0) throw broken('an unclear length')
      this.#framing = 'chunked'
    } else if (lengths.size === 0) this.#framing = 'connection'
    else {
      const [length = ''] = lengths
      if (lengths.size > 1 || !/^[0-9]{1,15}$/.test(length)) throw broken('an unclear length')
      this.#framing = 'length'
      this.#left = Number(length)
      this.#allow(this.#left)
    }
  }

  /** RFC 9112, section 7.1; extensions and trailers are skipped. */
  #chunks(): boolean {
    for (;;) {
      const end = this.#bytes.indexOf('\r\n')
      if ((end < 0 ? this.#bytes.length : end) > maxHeadBytes) throw broken('a chunk without a size')
      if (end < 0) return this.#wait(this.#bytes.length + 1)
      const [, digits] = /^([0-9a-fA-F]{1,8})[ \t]*(?:;|$)/.exec(this.#bytes.toString('latin1', 0, end)) ?? []
      if (digits === undefined) throw broken('a chunk without a size')
      const size = Number.parseInt(digits, 16)
      if (size === 0) return this.#trailers(end)
      this.#allow(size)
      const until = end + 2 + size
      if (this.#bytes.length < until + 2) return this.#wait(until + 2)
      if (this.#bytes.toString('latin1', until, until + 2) !== '\r\n') throw broken('a chunk of another size')
      this.#take(this.#cut(until + 2).subarray(end + 2, until))
    }
  }

  #trailers(end: number): boolean {
    const last = this.#bytes.indexOf('\r\n\r\n', end)
    if ((last < 0 ? this.#bytes.length : last) - end > maxHeadBytes) throw broken('too many trailers')
    if (last < 0) return this.#wait(this.#bytes.length + 1)
    this.#cut(last + 4)
    return true
  }

  #wait(bytes: number): false {
    this.#need = bytes
    return false
  }

  #cut(bytes: number): Buffer {
    const cut = this.#bytes.subarray(0, bytes)
    this.#bytes = this.#bytes.subarray(bytes)
    return cut
  }

  #take(bytes: Buffer): void {
    this.#allow(bytes.length)
    this.#bodyBytes += bytes.length
    this.#body.push(bytes)
  }

  #allow(bytes: number): void {
    if (this.#bodyBytes + bytes > maxBodyBytes) throw broken('a body that is too long')
  }
}

function headOf(text: string): Omit<Answer, 'body'> {
  const [first = '', ...lines] = text.split('\r\n')
  const [, version, status, statusText = ''] = /^HTTP\/(1\.[01]) ([1-9][0-9]{2})(?: (.*))?$/.exec(first) ?? []
  if (version === undefined) throw broken('no HTTP/1.1')
  if (status === '101') throw broken('another protocol')
  const headers = lines.map((line): [string, string] => {
    const at = line.indexOf(':')
    const name = line.slice(0, at)
    if (at < 1 || !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) throw broken('a malformed head')
    return [name.toLowerCase(), line.slice(at + 1).replace(/^[ \t]+|[ \t]+$/g, '')]
  })
  return { version, status: Number(status), statusText, headers }
}

const valuesOf = (headers: readonly (readonly [string, string])[], name: string): string[] =>
  headers
    .filter(([own]) => own === name)
    .flatMap(([, value]) => value.split(','))
    .map((value) => value.trim())

/** Whether the connection is good for another request (RFC 9112, section 9.3). */
const keeps = ({ version, headers }: Answer): boolean =>
  version === '1.1' && !valuesOf(headers, 'connection').some((value) => value.toLowerCase() === 'close')

/** How long a server says it keeps the connection, less a second in which it may be closing. */
function hintedMs({ headers }: Incoming): number {
  const [, seconds] = /^timeout=([0-9]{1,6})/i.exec(valuesOf(headers, 'keep-alive')[0] ?? '') ?? []
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000 - 1000
}

const joined = (parts: readonly Buffer[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts))

const broken = (what: string): TypeError => new TypeError(`the answer is ${what}`)
