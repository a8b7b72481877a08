/** Something that answers chats: a generator of ours, or an upstream behind a URL. */
import type { JsonObject } from '../../../codec/json.ts'
import type { ChatRequest } from './request.ts'

/** Answers chat completions. */
export interface Model {
  /**
   * The answer as `chat.completion.chunk` objects; it ends when the answer is complete, and throws `ModelError` when it
   * will not be. The signal stops it.
   */
  stream(chat: ChatRequest, signal: AbortSignal): AsyncIterable<JsonObject>
  /** The answer as one `chat.completion` object. */
  complete(chat: ChatRequest, signal: AbortSignal): Promise<JsonObject>
  /** What can be asked for, as `/v1/models` lists it. */
  readonly names: readonly string[]
}

/** The model cannot answer. Its message is shown to clients. */
export class ModelError extends Error {
  override readonly name = 'ModelError'
  /** What the client is answered while nothing was sent yet. */
  readonly status: number

  constructor(message: string, status = 502, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}
