/** A paid stream as the kit receives it. Events are read as they come; waiting is for an event, never for a time. */
import { DecodeError } from '../../../../src/codec/decode-error.ts'
import type { SseEvent } from '../../../../src/codec/sse.ts'
import * as Events from '../../../../src/mpp/wire/events.ts'
import type { Receipt } from '../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../harness/http.ts'
import { patience } from '../../../harness/patience.ts'
import { Blocked, TargetError } from '../../../kit/verdict.ts'
import type { ChannelUnderTest } from './channel.ts'
import { place, stepsIn } from './units/unit-map.ts'

/** Units beyond those that were paid for after which a stream is cut. */
const mostUnpaid = 256

export class StreamUnderTest {
  readonly answer: Exchange
  readonly #channel: ChannelUnderTest
  /** Everything received, in order. */
  readonly events: SseEvent[] = []
  readonly #messages: SseEvent[] = []
  #steps = 0
  /** How the stream ended, once it has. */
  ended: 'by the target' | 'broken' | 'by the kit' | undefined
  #failure: Error | undefined
  #wake: () => void = () => undefined

  constructor(answer: Exchange, channel: ChannelUnderTest) {
    this.answer = answer
    this.#channel = channel
    channel.follow(this)
    if (this.isEventStream) void this.#pump()
    else if (answer.accepted)
      channel.unjudged = 'a paid response was no stream, so its units could not be counted'
  }

  /** Whether the server accepted and answers events. */
  get isEventStream(): boolean {
    return this.answer.accepted && this.answer.isEventStream
  }

  /** Units received; one that was begun counts (units/unit-map.ts). */
  get counted(): number {
    return this.#steps
  }

  /** Those that cannot have been free. */
  get certain(): number {
    const { unit } = this.#channel.payer.subject
    return unit.varies && this.#said === undefined ? 0 : this.#steps
  }

  /** Units received, each with the events it came with. */
  get units(): SseEvent[][] {
    const { unit } = this.#channel.payer.subject
    this.#count()
    return Array.from({ length: this.#steps }, (_, i) =>
      this.#messages.slice(place(unit, i), i === this.#steps - 1 ? undefined : place(unit, i + 1)),
    )
  }

  /** Message events received that may belong to a unit. */
  get messages(): number {
    return this.#messages.length
  }

  /** Text of the messages received. */
  get texts(): string[] {
    return this.#messages.map(({ data }) => data)
  }

  /** Need-voucher events received, as raw data. */
  get asks(): string[] {
    return this.events.filter(({ event }) => event === Events.needVoucherEvent).map(({ data }) => data)
  }

  /** The last receipt event, if one came that decodes. */
  get receipt(): Receipt | undefined {
    const found = this.events.findLast(({ event }) => event === Events.receiptEvent)
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
        const { matching } = this.#channel.payer.subject.unit
        if (event.event === 'message' && matching?.test(event.data) !== false) this.#messages.push(event)
        this.#count()
        this.#wake()
      }
      this.ended ??= 'by the target'
      this.#count()
    } catch (error) {
      this.#failure = error as Error
      this.ended ??= 'broken'
    }
    this.#wake()
  }

  /** Units of this stream, in its receipt. */
  get #said(): number | undefined {
    return this.receipt?.units
  }

  /** Counts units. Every one of the first, then every sixteenth goes into the trace: long streams stay readable. */
  #count(): void {
    const { unit } = this.#channel.payer.subject
    const before = this.#steps
    this.#steps = stepsIn(unit, {
      messages: this.#messages.length,
      ended: this.ended === 'by the target',
      ...(unit.varies ? { paid: this.#channel.paidFor(this), said: this.#said } : {}),
    })
    if (this.#steps === before) return
    // One that goes on and on unpaid has shown what there is to see, and would not end by itself.
    if (this.ended === undefined && this.#channel.paidFor(this) < this.#steps - mostUnpaid) this.#cut()
    const { delivered } = this.#channel
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

  /** Waits for a unit, a pause or the end: whether anything paid for comes. Free events decide nothing. */
  firstSign(): Promise<void> {
    return this.settled(() => this.#steps > 0 || this.asks.length > 0)
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
    if (this.ended === undefined) this.#channel.cutOff++
    this.#cut()
  }

  #cut(): void {
    this.ended ??= 'by the kit'
    this.answer.abort()
    this.#wake()
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
