/**
 * The kit's own HTTP client: exact request headers in order, one connection per request, everything traced. It has
 * no retries and follows no redirects: what the target does is what is seen.
 */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import * as Sse from '../../src/codec/sse.ts'
import type { Recorder } from '../kit/trace.ts'
import { TargetError } from '../kit/verdict.ts'
import { dress, type LookName, lookOf } from './looks.ts'
import { Patience, patience, type Silence, type Wait } from './patience.ts'
import type { Sought } from './silence.ts'

/** The method, headers and body of a request of the kit, and how the trace describes it. */
export interface HttpOptions {
  method?: string
  headers?: readonly (readonly [name: string, value: string])[]
  body?: string | Uint8Array
  /** What the request is for, shown in the trace. */
  note?: string
  /** The act that the request performs, and the channel it concerns. */
  act?: string
  channel?: string
  /** The client that it looks like; default that of its scenario. */
  look?: LookName
  /** What is asked for, where silence is learnt of it; default the first word of the act, or a request. */
  kind?: string
}

/** Most bytes of a body that is read whole, and of a stream: more shows nothing, and endless ones must end. */
const maxBodyBytes = 16 * 1024 * 1024
const maxStreamBytes = 256 * 1024 * 1024

/** Responses whose connection is open. */
const open = new Set<IncomingMessage>()

/** Closes all open connections at the end of a run. */
export function abandon(): void {
  for (const message of open) message.destroy()
}

/** A response whose headers have arrived; the body may still be coming. */
export class Exchange {
  readonly number: number
  /** The request's. */
  readonly method: string
  readonly status: number
  readonly headers: readonly (readonly [string, string])[]
  readonly #message: IncomingMessage
  readonly #recorder: Recorder
  /** What was asked for, as its patience knows it. */
  readonly asked: Asked
  readonly #patience: Patience
  readonly #chunks: Buffer[] = []
  readonly #ended: Promise<void>
  #failure: Error | undefined
  #heard: () => void = () => undefined

  constructor(
    { number, asked }: { number: number; asked: Asked },
    message: IncomingMessage,
    recorder: Recorder,
    patience: Patience,
  ) {
    this.number = number
    this.method = asked.method
    this.#message = message
    this.#recorder = recorder
    this.asked = asked
    this.#patience = patience
    this.status = message.statusCode ?? 0
    const raw = message.rawHeaders
    this.headers = raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1] as string] as const] : []))
    open.add(message)
    message.once('close', () => open.delete(message))
    this.#ended = new Promise((resolve) => {
      message.once('close', resolve)
      message.once('error', (error) => {
        this.#failure = error
        resolve()
      })
    })
  }

  /** Whether the target took the request: any 2xx. */
  get accepted(): boolean {
    return this.status >= 200 && this.status < 300
  }

  /** Values of a field, one per line as it was sent. */
  fields(name: string): string[] {
    const wanted = name.toLowerCase()
    return this.headers.filter(([field]) => field.toLowerCase() === wanted).map(([, value]) => value)
  }

  /** Values of a field joined as one, or undefined. */
  field(name: string): string | undefined {
    const values = this.fields(name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  /** Whether its content is events, whatever the status. */
  get isEventStream(): boolean {
    return /^text\/event-stream\b/i.test(this.field('content-type') ?? '')
  }

  /** The whole body as text. Rejects with `TargetError` when it does not end in time, breaks off or is too large. */
  async text(): Promise<string> {
    let bytes = 0
    this.#message.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > maxBodyBytes) this.#message.destroy(new Error(`a body of more than ${maxBodyBytes} bytes`))
      else this.#chunks.push(chunk)
    })
    await this.#toTheEnd()
    return Buffer.concat(this.#chunks).toString('utf8')
  }

  /**
   * The events of the body as they arrive. Throws `TargetError` when the connection breaks, or when nothing comes for
   * as long as the target is waited for; with `forEver` only the reader says how long that is.
   */
  async *events({ forEver = false } = {}): AsyncGenerator<Sse.SseEvent, void, undefined> {
    const reader = Sse.reader()
    const chunks = this.#message[Symbol.asyncIterator]() as AsyncIterator<Buffer>
    let bytes = 0
    for (;;) {
      const { value, done } = await (forEver ? this.#next(chunks) : this.#nextInTime(chunks))
      if (done) break
      this.#heard()
      bytes += value.length
      if (bytes > maxStreamBytes) {
        this.abort()
        throw new TargetError(`a stream of more than ${maxStreamBytes} bytes`)
      }
      for (const event of reader.push(value)) {
        this.#recorder.add({ kind: 'event', exchange: this.number, event: event.event, data: event.data })
        yield event
      }
    }
    this.#recorder.add({ kind: 'end', exchange: this.number, how: 'by the target' })
  }

  /** Whether more of a stream whose events are being read comes within `waitMs` milliseconds: events, or comments. */
  hears(waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const enough = patience(waitMs, () => resolve(false))
      this.#heard = () => {
        enough()
        resolve(true)
      }
    })
  }

  /** Waits for the next event, or the end. */
  waitForMore(late: (silence: Silence) => void): Wait {
    return this.#patience.wait({ what: 'an event of', ...this.asked }, late)
  }

  #nextInTime(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    return new Promise((resolve, reject) => {
      const wait = this.waitForMore((silence) => {
        this.abort()
        reject(silence.error('no further event came'))
      })
      this.#next(chunks).then(
        (next) => {
          wait.came()
          resolve(next)
        },
        (error: unknown) => {
          wait.cancel()
          reject(error)
        },
      )
    })
  }

  async #next(chunks: AsyncIterator<Buffer>): Promise<IteratorResult<Buffer>> {
    try {
      return await chunks.next()
    } catch (error) {
      throw new TargetError(`the connection broke: ${reasonOf(error)}`)
    }
  }

  /** Closes the connection. */
  abort(): void {
    if (!this.#message.complete) this.#recorder.add({ kind: 'end', exchange: this.number, how: 'by the kit' })
    this.#message.destroy()
  }

  async #toTheEnd(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const what = this.status >= 400 ? 'the end of a refusal of' : 'the end of an answer to'
      const wait = this.#patience.wait({ what, ...this.asked }, (silence) => {
        reject(silence.error('the response did not end'))
        this.#message.destroy()
      })
      void this.#ended.then(() => {
        wait.came()
        resolve()
      })
    })
    if (this.#failure !== undefined) throw new TargetError(`the connection broke: ${this.#failure.message}`)
  }
}

/** What is asked for, as its patience knows it. */
type Asked = Omit<Sought, 'what'> & { method: string }

let exchanges = 0

/** The number of a new exchange in the trace. */
export const nextExchange = (): number => ++exchanges

/**
 * Sends one request. Resolves when the response headers have arrived; every status is an answer. Rejects with
 * `TargetError` when the target breaks the connection, does not answer HTTP, or is silent for longer than `wait`, in
 * milliseconds, or as patience has it; with `Blocked` where patience says that asking is in vain.
 */
export async function send(
  url: string,
  options: HttpOptions,
  recorder: Recorder,
  wait: Patience | number,
): Promise<Exchange> {
  const { method = 'GET', body, note, act, channel } = options
  const patience = typeof wait === 'number' ? new Patience(wait) : wait
  const kind = options.kind ?? act?.split(' ')[0]
  const asked = { act: kind ?? 'a request', method, path: pathOf(url) }
  // Who keeps back its refusals may answer everything else.
  const refusal = recorder.refusing && kind !== undefined
  const sought = { what: refusal ? 'a refusal of' : 'an answer to', ...asked }
  patience.ask(sought)
  const number = nextExchange()
  const bytes = body === undefined ? undefined : Buffer.from(body as string)
  const needsLength = bytes !== undefined || ['POST', 'PUT', 'PATCH'].includes(method)
  const headers = dress(options.look ?? lookOf(recorder.scenario), {
    host: URL.canParse(url) ? [new URL(url).host] : [],
    own: options.headers ?? [],
    length: needsLength ? (bytes?.length ?? 0) : undefined,
  })
  recorder.add({
    kind: 'request',
    exchange: number,
    method,
    url,
    headers: headers.filter(([name]) => !untold.has(name.toLowerCase())),
    bodyBytes: bytes?.length ?? 0,
    ...(note === undefined ? {} : { note }),
    ...(act === undefined ? {} : { act }),
    ...(channel === undefined ? {} : { channel }),
  })
  return new Promise((resolve, reject) => {
    const target = new URL(url)
    let silence: Silence | undefined
    const fail = (error: unknown) => {
      recorder.add({ kind: 'end', exchange: number, how: reasonOf(error) })
      const where = `${method} ${target.pathname}: `
      reject(silence?.error(`${where}no answer`) ?? new TargetError(`${where}${reasonOf(error)}`))
    }
    let request: ClientRequest
    try {
      const over = target.protocol === 'https:' ? httpsRequest : httpRequest
      request = over(target, { method, agent: false, setHost: false })
      write(request, headers)
    } catch (error) {
      fail(error)
      return
    }
    const waiting = patience.wait(sought, (kept) => {
      silence = kept
      request.destroy(new Error(`no answer within ${kept.ms} ms`))
    })
    request.once('close', waiting.cancel)
    request.once('error', fail)
    request.once('response', (message) => {
      // From here on, the reader of the body decides how long to wait.
      waiting.came()
      const exchange = new Exchange({ number, asked }, message, recorder, patience)
      recorder.add({ kind: 'response', exchange: number, status: exchange.status, headers: exchange.headers })
      resolve(exchange)
    })
    request.end(bytes)
  })
}

/** Fields of every request, which the trace leaves out. */
const untold = new Set(['host', 'connection', 'content-length'])

/** Sets fields in their order, with their names as they are written; nothing is added to them. */
function write(request: ClientRequest, fields: readonly (readonly [string, string])[]): void {
  const values = new Map<string, string[]>()
  for (const [name, value] of fields) values.set(name, [...(values.get(name) ?? []), value])
  for (const [name, all] of values) request.setHeader(name, all.length === 1 ? (all[0] as string) : all)
  if (!request.hasHeader('connection')) request.removeHeader('connection')
}

/** Where a request goes, without what differs from one to the next. */
const pathOf = (url: string): string => (URL.canParse(url) ? new URL(url).pathname : url)

const reasonOf = (error: unknown): string =>
  error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error)
