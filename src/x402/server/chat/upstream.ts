/**
 * An OpenAI-compatible server behind a URL. Its events are read and written anew, so that what the client gets is
 * framed once, ends with one `[DONE]`, and says so when the upstream broke off.
 */
import { DecodeError } from '../../../codec/decode-error.ts'
import * as Json from '../../../codec/json.ts'
import * as Sse from '../../../codec/sse.ts'
import { type Model, ModelError } from './model.ts'
import type { ChatRequest } from './request.ts'

/** The data of the event that ends a stream. */
const doneMark = '[DONE]'
/** Largest answer that is read whole, in characters. */
const maxAnswerChars = Json.maxTextChars

/** How the upstream is reached. */
export interface UpstreamOptions {
  /** Where `/chat/completions` is: "http://127.0.0.1:11434/v1". */
  url: string
  /** Sent as a bearer token. */
  apiKey?: string
  /** Names of its models, for `/v1/models`. */
  names?: readonly string[]
  /** Longest wait for an answer to begin, in milliseconds; default 120,000. */
  timeoutMs?: number
  fetch?: typeof globalThis.fetch
}

/**
 * A model that asks an OpenAI-compatible server. Its methods reject with `ModelError`: status 502 when the server
 * cannot be reached or answers an error status, 504 when its answer does not begin within `timeoutMs`.
 */
export function upstream(options: UpstreamOptions): Model {
  const { url, apiKey, names = [], timeoutMs = 120_000, fetch = globalThis.fetch } = options
  const endpoint = `${url.replace(/\/+$/, '')}/chat/completions`

  async function ask(chat: ChatRequest, stream: boolean, signal: AbortSignal): Promise<Response> {
    const late = new AbortController()
    const timer = setTimeout(
      () => late.abort(new ModelError('the model gave no answer in time', 504)),
      timeoutMs,
    )
    try {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: stream ? 'text/event-stream' : 'application/json',
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
        },
        body: JSON.stringify({ ...chat.json, stream }),
        signal: AbortSignal.any([signal, late.signal]),
      })
      if (response.ok) return response
      await response.body?.cancel()
      throw new ModelError(`the model answered ${response.status}`, 502)
    } catch (error) {
      if (error instanceof ModelError || signal.aborted) throw error
      throw new ModelError('the model cannot be reached', 502, { cause: error })
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    names,
    async *stream(chat, signal) {
      const { body } = await ask(chat, true, signal)
      for await (const { data } of Sse.decode((body ?? []) as AsyncIterable<Uint8Array>)) {
        if (data === doneMark) return
        const chunk = parse(data)
        if (chunk['error'] !== undefined) throw new ModelError('the model reports an error')
        yield chunk
      }
      throw new ModelError('the model broke off')
    },
    async complete(chat, signal) {
      const response = await ask(chat, false, signal)
      const text = await response.text()
      if (text.length > maxAnswerChars) throw new ModelError('the answer of the model is too long')
      return parse(text)
    },
  }
}

function parse(text: string): Json.JsonObject {
  try {
    const value = Json.decode(text)
    if (Json.isObject(value)) return value
    throw new ModelError('the model answered something else than an object')
  } catch (error) {
    if (error instanceof DecodeError)
      throw new ModelError('the model answered no JSON', 502, { cause: error })
    throw error
  }
}
