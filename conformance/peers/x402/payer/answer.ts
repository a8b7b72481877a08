/** The answer to a paid request: its receipt, and its content as it comes. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import * as Json from '../../../../src/codec/json.ts'
import { settlementField, type Version } from '../../../../src/x402/wire/fields.ts'
import * as Settlement from '../../../../src/x402/wire/settlement.ts'
import type { Exchange } from '../../../harness/http.ts'
import { TargetError } from '../../../kit/verdict.ts'
import type { Signed } from './sign.ts'

/** The data of the event that ends a chat stream. */
export const doneMark = '[DONE]'

/** How the stream of an answer came. */
export interface Streamed {
  /** The data of its events. */
  events: readonly string[]
  /** What they say put together. */
  text: string
  /** The connection broke. */
  broken: boolean
}

export class Answer {
  readonly exchange: Exchange
  readonly version: Version
  readonly signed: Signed
  readonly #delivered: () => void

  constructor(exchange: Exchange, version: Version, signed: Signed, delivered: () => void) {
    this.exchange = exchange
    this.version = version
    this.signed = signed
    this.#delivered = delivered
  }

  get status(): number {
    return this.exchange.status
  }

  /** The receipt; undefined when there is none. Throws `DecodeError` for one that does not decode. */
  get receipt(): Settlement.Settlement | undefined {
    const field = this.exchange.field(settlementField[this.version])
    return field === undefined ? undefined : Settlement.decode(field)
  }

  /** The data of the events as they come. A connection that breaks throws `TargetError`. */
  async *events(): AsyncGenerator<string, void, undefined> {
    for await (const { event, data } of this.exchange.events()) {
      // Some name their error events; readers of chats take both for the same.
      if (event === 'error') yield isError(data) ? data : JSON.stringify({ error: data })
      if (event !== 'message') continue
      if (contentOf(data) !== '') this.#delivered()
      yield data
    }
  }

  /** Reads a stream to its end. */
  async stream(): Promise<Streamed> {
    const events: string[] = []
    let broken = false
    try {
      for await (const data of this.events()) events.push(data)
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
      broken = true
    }
    return { events, text: events.map(contentOf).join(''), broken }
  }

  /** Reads whatever came, to its end: what an answer says when it is no stream, or the text of one. */
  async text(): Promise<string> {
    if (this.exchange.isEventStream) return (await this.stream()).text
    const text = await this.exchange.text()
    if (this.exchange.accepted && text !== '') this.#delivered()
    return text
  }

  /** Hangs up. */
  abort(): void {
    this.exchange.abort()
  }
}

/** The object in an event or a body, if it is one. */
export function objectIn(text: string): Json.JsonObject | undefined {
  try {
    const value = Json.decode(text)
    return Json.isObject(value) ? value : undefined
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** Whether an event tells of an error. */
export const isError = (data: string): boolean => {
  const { error = null } = objectIn(data) ?? {}
  return error !== null
}

/** The token in an event of a chat stream; of other streams the data. */
export function contentOf(data: string): string {
  if (data === doneMark) return ''
  const choices = objectIn(data)?.['choices']
  const first = Array.isArray(choices) ? choices[0] : undefined
  const delta = Json.isObject(first) ? first['delta'] : undefined
  const content = Json.isObject(delta) ? delta['content'] : undefined
  return typeof content === 'string' ? content : ''
}
