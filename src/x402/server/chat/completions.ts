/**
 * `/v1/chat/completions`, streamed or whole, as a paid resource. A stream is pulled chunk by chunk: nothing is
 * generated for a client that has left. It ends with `[DONE]`, once; if the model fails midway, with an error event
 * and without `[DONE]`, and the payment stays good for another try.
 */
import { DecodeError } from '../../../codec/decode-error.ts'
import type { JsonObject } from '../../../codec/json.ts'
import * as Sse from '../../../codec/sse.ts'
import * as Utf8 from '../../../codec/utf8.ts'
import type { Offer } from '../offer.ts'
import type { Paid, Resource } from '../paywall.ts'
import { type Model, ModelError } from './model.ts'
import * as ChatRequest from './request.ts'

/** The data of the event that ends a stream. */
export const doneMark = '[DONE]'

/** Options of `completions`. */
export interface CompletionsOptions {
  /** Told what a model threw; the client is told what a `ModelError` says, and of others only that there was one. */
  onError?: (error: unknown) => void
}

/**
 * The resource that sells chat completions of a model, one payment each; give it to `paywall().sells`. A request that
 * is not POST is answered 405 and one that is no chat completion 400, both before its payment is taken.
 */
export function completions(model: Model, offer: Offer, options: CompletionsOptions = {}): Resource {
  const { onError = () => undefined } = options
  return {
    offer,
    async check(request) {
      if (request.method !== 'POST') return failure(405, 'method_not_allowed', 'send POST', { allow: 'POST' })
      const chat = await chatOf(request)
      return chat instanceof DecodeError
        ? failure(400, 'invalid_request_error', `${chat.path.join('.')}: ${chat.message}`.replace(/^: /, ''))
        : undefined
    },
    async respond(request, paid) {
      const chat = await chatOf(request)
      if (chat instanceof DecodeError) throw chat
      try {
        return chat.stream === true
          ? await streamed(model, chat, request.signal, paid, onError)
          : Response.json(await model.complete(chat, request.signal))
      } catch (error) {
        onError(error)
        return failure(error instanceof ModelError ? error.status : 500, 'server_error', messageOf(error))
      }
    },
  }
}

/** A stream whose first chunk is there: a model that fails before it is answered with a status. */
async function streamed(
  model: Model,
  chat: ChatRequest.ChatRequest,
  signal: AbortSignal,
  paid: Paid,
  onError: (error: unknown) => void,
): Promise<Response> {
  const stop = new AbortController()
  const chunks = model.stream(chat, AbortSignal.any([signal, stop.signal]))[Symbol.asyncIterator]()
  let next: Promise<IteratorResult<JsonObject>> | undefined = Promise.resolve(await chunks.next())
  let over = false
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        if (over) return controller.close()
        try {
          const { value, done } = await (next ?? chunks.next())
          next = undefined
          over = done === true
          // Models stop when their client is gone: that is no end.
          if (over && signal.aborted) {
            paid.spoiled()
            return controller.close()
          }
          controller.enqueue(event(over ? doneMark : JSON.stringify(value)))
        } catch (error) {
          over = true
          if (stop.signal.aborted) return
          onError(error)
          paid.spoiled()
          controller.enqueue(event(JSON.stringify(errorBody('server_error', messageOf(error)))))
        }
      },
      async cancel() {
        stop.abort()
        await chunks.return?.()
      },
    },
    { highWaterMark: 0 },
  )
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'private, no-cache',
      // Reverse proxies must not buffer the stream.
      'x-accel-buffering': 'no',
    },
  })
}

const event = (data: string): Uint8Array => Utf8.encode(Sse.encode({ data }))

async function chatOf(request: Request): Promise<ChatRequest.ChatRequest | DecodeError> {
  try {
    return ChatRequest.decode(await request.text())
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

const messageOf = (error: unknown): string =>
  error instanceof ModelError ? error.message : 'the answer could not be made'

const errorBody = (type: string, message: string) => ({ error: { message, type, code: null } })

const failure = (status: number, type: string, message: string, headers: Record<string, string> = {}) =>
  Response.json(errorBody(type, message), { status, headers })
