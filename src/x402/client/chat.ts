/**
 * Reads an OpenAI-compatible chat stream as it arrives: by callbacks, as an async iterable, or whole. Events are parsed
 * by the WHATWG rules, whatever the chunks. A stream that ends without `[DONE]` is an error, which carries the text so
 * far.
 */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Json from '../../codec/json.ts'
import * as Sse from '../../codec/sse.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { beginningOf, chunksOf, defaultLimits, TimeoutError } from '../../http/limits.ts'

/** The data of the event that ends a stream. */
const doneMark = '[DONE]'

/**
 * Why a chat stream is incomplete. `refused`: an error status. `no-stream`: another content type. `malformed-event`: an
 * event that is not a JSON object. `reported`: an error event. `incomplete`: no `[DONE]`. `timeout`: silence.
 * `cancelled`: by the caller.
 */
export type ChatErrorCode =
  | 'refused'
  | 'no-stream'
  | 'malformed-event'
  | 'reported'
  | 'incomplete'
  | 'timeout'
  | 'cancelled'

/** Thrown when a chat stream does not reach its end. */
export class ChatError extends Error {
  override readonly name = 'ChatError'
  readonly code: ChatErrorCode
  /** The text that came before. */
  readonly text: string
  /** The status of a refusal. */
  readonly status: number | undefined

  constructor(
    code: ChatErrorCode,
    message: string,
    text: string,
    options: ErrorOptions & { status?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.text = text
    this.status = options.status
  }
}

/** How far a stream is. A token is a chunk with content, as servers send them. */
export interface Progress {
  tokens: number
  characters: number
  /** Since the request was sent, in milliseconds. */
  elapsedMs: number
  /** Milliseconds until the first token; undefined before it. */
  firstTokenMs: number | undefined
  /** Tokens per second since the first token; 0 until there are two. */
  tokensPerSecond: number
  done: boolean
}

/** Options of `chatStream`: where the chat is, and the fetch that pays. */
export interface ChatOptions {
  /** Where the chat is: "https://host/v1/chat/completions". */
  url: string
  /** Sends the request, such as a `payingFetch`; default the global `fetch`, which does not pay. */
  fetch?: typeof globalThis.fetch
  headers?: HeadersInit
  /** Longest silence, the one before the first event included, in milliseconds; default 120,000. */
  idleTimeoutMs?: number
  signal?: AbortSignal
  onText?: (text: string) => void
  onProgress?: (progress: Progress) => void
  /** A monotonic clock in milliseconds; default `performance.now`. */
  clock?: () => number
}

/** A chat stream. It is read once: by iterating over it, or by `text`. */
export interface ChatStream extends AsyncIterable<string> {
  /** The whole text. Rejects with `ChatError`. */
  text(): Promise<string>
  /** Stops reading; the server hears of it. The reader gets a `ChatError` `cancelled`. */
  cancel(): void
  readonly progress: Progress
  /** Why the model stopped, once it says so: `stop`, `length`. */
  readonly finishReason: string | undefined
  /** Tokens as the server counts them, when it was asked to. */
  readonly usage: Json.JsonObject | undefined
}

/**
 * Asks for a chat completion with `stream: true`, and streams the text of the answer. `request` is the JSON body of the
 * OpenAI API. Nothing is sent before the result is read; reading it twice throws `TypeError`. Reading rejects with
 * `ChatError`, or with what `fetch` throws, such as the `PolicyError` of a `payingFetch`.
 */
export function chatStream(request: Json.JsonObject, options: ChatOptions): ChatStream {
  const { fetch = globalThis.fetch, idleTimeoutMs = 120_000, clock = () => performance.now() } = options
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  const progress: Progress = {
    tokens: 0,
    characters: 0,
    elapsedMs: 0,
    firstTokenMs: undefined,
    tokensPerSecond: 0,
    done: false,
  }
  const state: { text: string; begun: boolean; reason?: string; usage?: Json.JsonObject } = {
    text: '',
    begun: false,
  }
  let reading = false

  async function* read(): AsyncGenerator<string, void, undefined> {
    if (reading) throw new TypeError('a chat stream is read once')
    reading = true
    const start = clock()
    const tell = (tokens: number, characters: number, done: boolean) => {
      progress.elapsedMs = clock() - start
      progress.tokens += tokens
      progress.characters += characters
      progress.done = done
      if (tokens > 0) progress.firstTokenMs ??= progress.elapsedMs
      const since = progress.elapsedMs - (progress.firstTokenMs ?? 0)
      progress.tokensPerSecond = progress.tokens > 1 && since > 0 ? ((progress.tokens - 1) / since) * 1000 : 0
      options.onProgress?.({ ...progress })
    }
    try {
      const response = await send()
      state.begun = true
      for await (const chunk of chunksIn(response)) {
        const text = take(chunk)
        if (text === '') continue
        state.text += text
        tell(1, text.length, false)
        options.onText?.(text)
        yield text
      }
      tell(0, 0, true)
    } catch (error) {
      throw explained(error)
    } finally {
      stop.abort()
    }
  }

  async function send(): Promise<Response> {
    const headers = new Headers(options.headers)
    headers.set('content-type', 'application/json')
    if (!headers.has('accept')) headers.set('accept', 'text/event-stream')
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new TimeoutError(`no answer within ${idleTimeoutMs / 1000} s`)),
      idleTimeoutMs,
    )
    try {
      const response = await fetch(options.url, {
        method: 'POST',
        headers,
        body: JSON.stringify({ ...request, stream: true }),
        signal: AbortSignal.any([signal, late.signal]),
      })
      if (!response.ok) throw await refusalOf(response)
      if (/^text\/event-stream\b/i.test(response.headers.get('content-type') ?? '')) return response
      throw new ChatError('no-stream', 'the server answered something else than an event stream', '')
    } finally {
      clearTimeout(timer)
    }
  }

  async function* chunksIn(response: Response): AsyncGenerator<Json.JsonObject> {
    const events = Sse.reader()
    for await (const bytes of chunksOf(response, idleTimeoutMs, signal))
      for (const { data } of events.push(bytes)) {
        if (data === doneMark) return
        yield parse(data)
      }
    // By WHATWG HTML an event without its final blank line is incomplete. The end mark alone is accepted without it.
    if (events.push(Utf8.encode('\n\n')).some(({ data }) => data === doneMark)) return
    throw new ChatError('incomplete', 'the stream ended before the answer was complete', state.text)
  }

  function parse(data: string): Json.JsonObject {
    const chunk = decode(data)
    const { error } = chunk
    if (error === undefined || error === null) return chunk
    const message =
      Json.isObject(error) && typeof error['message'] === 'string' ? error['message'] : 'an error'
    throw new ChatError('reported', `the server reports: ${message}`, state.text)
  }

  function decode(data: string): Json.JsonObject {
    try {
      const value = Json.decode(data)
      if (Json.isObject(value)) return value
      throw new DecodeError('wrong-type', 'expected an object')
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause
      throw new ChatError('malformed-event', `an event is malformed: ${cause.message}`, state.text, { cause })
    }
  }

  /** The content of a chunk; what it says besides is kept. */
  function take({ choices, usage }: Json.JsonObject): string {
    if (Json.isObject(usage)) state.usage = usage
    const first = Array.isArray(choices) ? choices[0] : undefined
    if (!Json.isObject(first)) return ''
    if (typeof first['finish_reason'] === 'string') state.reason = first['finish_reason']
    const { delta } = first
    const content = Json.isObject(delta) ? delta['content'] : undefined
    return typeof content === 'string' ? content : ''
  }

  function explained(error: unknown): unknown {
    if (error instanceof ChatError) return error
    const { text } = state
    if (error instanceof TimeoutError) return new ChatError('timeout', error.message, text, { cause: error })
    if (signal.aborted) return new ChatError('cancelled', 'the stream was cancelled', text, { cause: error })
    // A connection that breaks while a stream is read: what came, came.
    if (error instanceof TypeError && state.begun)
      return new ChatError('incomplete', 'the connection broke before the answer was complete', text, {
        cause: error,
      })
    return error
  }

  return {
    [Symbol.asyncIterator]: read,
    async text() {
      for await (const _ of { [Symbol.asyncIterator]: read });
      return state.text
    },
    cancel: () => stop.abort(),
    progress,
    get finishReason() {
      return state.reason
    },
    get usage() {
      return state.usage
    },
  }
}

/** Why a server refused, as far as it says. */
async function refusalOf(response: Response): Promise<ChatError> {
  const { status } = response
  const text = await beginningOf(response, defaultLimits)
  const message = messageIn(text)
  return new ChatError(
    'refused',
    `the server answered ${status}${message === '' ? '' : `: ${message}`}`,
    '',
    {
      status,
    },
  )
}

function messageIn(text: string): string {
  try {
    const body = Json.decode(text)
    const error = Json.isObject(body) ? body['error'] : undefined
    const message = Json.isObject(error) ? error['message'] : error
    return typeof message === 'string' ? message : ''
  } catch (error) {
    if (error instanceof DecodeError) return ''
    throw error
  }
}
