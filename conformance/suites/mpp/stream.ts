/** A paid stream as the kit receives it. Events are read as they come; waiting is for an event, never for a time. */
import { DecodeError } from '../../../src/codec/decode-error.ts'
import type { SseEvent } from '../../../src/codec/sse.ts'
import * as Events from '../../../src/mpp/events.ts'
import type { Receipt } from '../../../src/mpp/receipt.ts'
import type { Exchange } from '../../runner/http.ts'
import { patience } from '../../runner/patience.ts'
import { Blocked, TargetError } from '../../runner/verdict.ts'
import type { ChannelUnderTest } from './channel.ts'

export class StreamUnderTest {
  readonly answer: Exchange
  readonly #channel: ChannelUnderTest
  /** Everything received, in order. */
  readonly events: SseEvent[] = []
  /** How the stream ended, once it has. */
  ended: 'by the target' | 'broken' | 'by the kit' | undefined
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(answer: Exchange, channel: ChannelUnderTest) {
    this.answer = answer
    this.#channel = channel
    if (this.isEventStream) void this.#pump()
    else if (answer.accepted)
      channel.unjudged = 'a paid response was no stream, so its units could not be counted'
  }

  /** Whether the server accepted and answers events. */
  get isEventStream(): boolean {
    return this.answer.accepted && this.answer.isEventStream
  }

  /** Paid units received: every event that is not a control event. */
  get units(): SseEvent[] {
    return this.events.filter(
      ({ event }) => event !== Events.needVoucherEvent && event !== Events.receiptEvent,
    )
  }

  /** Need-voucher events received, as raw data. */
  get asks(): string[] {
    return this.events.filter(({ event }) => event === Events.needVoucherEvent).map(({ data }) => data)
  }

  /** The receipt event, if one came that decodes. */
  get receipt(): Receipt | undefined {
    const found = this.events.find(({ event }) => event === Events.receiptEvent)
    return found === undefined ? undefined : decoded(() => Events.decodeReceipt(found.data))
  }

  /** The latest need-voucher event, if one came that decodes. */
  get ask(): Events.NeedVoucher | undefined {
    const data = this.asks.at(-1)
    return data === undefined ? undefined : decoded(() => Events.decodeNeedVoucher(data))
  }

  async #pump(): Promise<void> {
    try {
      for await (const event of this.answer.events()) {
        this.events.push(event)
        if (event.event !== Events.needVoucherEvent && event.event !== Events.receiptEvent) this.#deliver()
        this.#wake()
      }
      this.ended ??= 'by the target'
    } catch (error) {
      this.#failure = error as Error
      this.ended ??= 'broken'
    }
    this.#wake()
  }

  /** Counts a unit. Every one of the first, then every sixteenth goes into the trace: long streams stay readable. */
  #deliver(): void {
    const { delivered } = this.#channel
    this.#channel.delivered++
    if (delivered < 64 || delivered % 16 === 0) this.#channel.record()
  }

  /**
   * Waits until the condition holds or the stream ends. Throws `Blocked` when it is no stream, `TargetError` when
   * nothing comes for the time-out or the connection breaks.
   */
  async until(condition: () => boolean): Promise<void> {
    if (!this.isEventStream) throw new Blocked(`a stream was asked for and answered ${this.answer.status}`)
    while (!condition() && this.ended === undefined) await this.#event()
    if (!condition() && this.#failure !== undefined && this.ended === 'broken') throw this.#failure
  }

  /** The next event or the end. */
  #event(): Promise<void> {
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.answer
      const late = () => reject(new TargetError(`no further event came within ${timeoutMs} ms`))
      const enough = patience(timeoutMs, late)
      this.#wake = () => {
        enough()
        resolve()
      }
    })
  }

  /** Waits for the next pause or the end. */
  untilPause(asks = 1): Promise<void> {
    return this.until(() => this.asks.length >= asks)
  }

  /** As `until`, for judging what came: silence and a broken connection end the wait like an end. */
  async settled(condition: () => boolean): Promise<void> {
    try {
      await this.until(condition)
    } catch (error) {
      if (!(error instanceof TargetError)) throw error
    }
  }

  /** Cuts the connection. */
  abort(): void {
    if (this.ended === undefined) {
      this.ended = 'by the kit'
      this.#channel.cutOff++
    }
    this.answer.abort()
  }
}

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}
