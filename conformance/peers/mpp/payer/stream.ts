/** A paid stream as the kit receives it. Events are read as they come; waiting is for an event, never for a time. */
import type { SseEvent } from '../../../../src/codec/sse.ts'
import * as Events from '../../../../src/mpp/wire/events.ts'
import type { Receipt } from '../../../../src/mpp/wire/receipt.ts'
import type { Exchange } from '../../../harness/http.ts'
import { CutShort } from '../../../harness/patience.ts'
import { Blocked, TargetError } from '../../../kit/verdict.ts'
import { type Ask, askIn } from './ask.ts'
import type { ChannelUnderTest } from './channel.ts'
import { receiptIn } from './receipt.ts'
import type { Subject } from './subject.ts'
import { place, stepsIn } from './units/unit-map.ts'

/** Units beyond those that were paid for after which a stream is cut. */
const mostUnpaid = 256

/** Events that say something of units and money. */
const signs: readonly string[] = ['message', Events.needVoucherEvent, Events.receiptEvent]

export class StreamUnderTest {
  readonly answer: Exchange
  readonly #channel: ChannelUnderTest
  /** Everything received, in order. */
  readonly events: SseEvent[] = []
  readonly #messages: SseEvent[] = []
  #steps = 0
  #certain = 0
  /** How the stream ended, once it has. */
  ended: 'by the target' | 'broken' | 'by the kit' | undefined
  #failure: Error | undefined
  /** Told of each event, and whether it can be what is waited for, or brings it nearer. */
  #wake: (isSign: boolean) => void = () => undefined

  /** `read` says whether its events are read as they come; `on` is the resource it came from. */
  constructor(
    answer: Exchange,
    channel: ChannelUnderTest,
    { read = true, on = channel.payer.subject }: { read?: boolean; on?: Subject } = {},
  ) {
    this.answer = answer
    this.#channel = channel
    if (this.isEventStream) {
      const price = channel.payer.subject.terms.amount
      channel.record({ is: 'began', stream: answer.number, server: on.server, price, read })
      if (read) void this.#pump()
    } else if (answer.accepted) channel.record({ is: 'uncountable' })
  }

  /** Whether the server accepted and answers events. */
  get isEventStream(): boolean {
    return this.answer.accepted && this.answer.isEventStream
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

  /** The data of the last receipt event, if one came. */
  get receiptEvent(): string | undefined {
    return this.events.findLast(({ event }) => event === Events.receiptEvent)?.data
  }

  /** What it says, if it can be read. */
  get receipt(): Receipt | undefined {
    const data = this.receiptEvent
    return data === undefined ? undefined : receiptIn(data)
  }

  /** The latest need-voucher event, if one came. */
  get ask(): Ask | undefined {
    const data = this.asks.at(-1)
    return data === undefined ? undefined : askIn(data)
  }

  async #pump(): Promise<void> {
    try {
      for await (const event of this.answer.events({ forEver: true })) {
        this.events.push(event)
        const { matching } = this.#channel.payer.subject.unit
        if (event.event === 'message' && matching?.test(event.data) !== false) this.#messages.push(event)
        this.#count()
        this.#note(event)
        this.#wake(signs.includes(event.event))
      }
      const first = this.#end('by the target')
      this.#count()
      if (first) this.#tellEnd()
    } catch (error) {
      this.#failure = error as Error
      if (this.#end('broken')) this.#tellEnd()
    }
    this.#wake(true)
  }

  /** Units of this stream, in its receipt. */
  get #said(): number | undefined {
    return this.receipt?.units
  }

  /** Tells what the server's own events mean for the money. */
  #note({ event }: SseEvent): void {
    if (event === Events.needVoucherEvent) this.#channel.record({ is: 'asked', stream: this.answer.number })
    const spent = event === Events.receiptEvent ? this.receipt?.spent : undefined
    if (spent !== undefined) this.#channel.record({ is: 'told', spent })
  }

  /** Keeps how it ended, if it has not ended before. */
  #end(how: NonNullable<StreamUnderTest['ended']>): boolean {
    if (this.ended !== undefined) return false
    this.ended = how
    return true
  }

  #tellEnd(): void {
    if (this.ended === undefined || !this.isEventStream) return
    this.#channel.record({ is: 'ended', stream: this.answer.number, how: this.ended })
  }

  /** Counts units; one that was begun counts (units/unit-map.ts). Those are certain that cannot have been free. */
  #count(): void {
    const { unit } = this.#channel.payer.subject
    const before = { steps: this.#steps, certain: this.#certain }
    this.#steps = stepsIn(unit, {
      messages: this.#messages.length,
      ended: this.ended === 'by the target',
      ...(unit.varies ? { paid: this.#channel.paidFor(this), said: this.#said } : {}),
    })
    this.#certain = unit.varies && this.#said === undefined ? 0 : this.#steps
    if (this.#steps === before.steps && this.#certain === before.certain) return
    const [units, certain] = [this.#steps * unit.step, this.#certain * unit.step]
    this.#channel.record({ is: 'delivered', stream: this.answer.number, units, certain })
    // One that goes on and on unpaid has shown what there is to see, and would not end by itself.
    if (this.ended === undefined && this.#channel.paidFor(this) < this.#steps - mostUnpaid) this.#cut()
  }

  /**
   * Waits until the condition holds or the stream ends. Throws `Blocked` when it is no stream, or where silence is known;
   * `TargetError` when nothing comes for the time-out or the connection breaks.
   */
  async until(condition: () => boolean): Promise<void> {
    if (!this.isEventStream) throw new Blocked(`a stream was asked for and answered ${this.answer.status}`)
    while (!condition() && this.ended === undefined) await this.#sign(condition)
    if (!condition() && this.#failure !== undefined && this.ended === 'broken') throw this.#failure
  }

  /**
   * A unit, a question, a receipt, the end, or whatever else meets the condition. Events that are none of these are no
   * answer: a server could send them without end.
   */
  #sign(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const wait = this.answer.waitForMore((silence) => reject(silence.error('no further event came')))
      this.#wake = (isSign) => {
        if (!isSign && !condition()) return
        wait.came()
        resolve()
      }
    })
  }

  /** Waits for a unit, a pause or the end: whether anything paid for comes. Free events decide nothing. */
  firstSign(): Promise<void> {
    return this.waitFor(() => this.#steps > 0 || this.asks.length > 0)
  }

  /** Waits for the next pause or the end. */
  untilPause(asks = 1): Promise<void> {
    return this.until(() => this.asks.length >= asks)
  }

  /** As `until`, for judging what came: silence and a broken connection end the wait like an end. */
  async waitFor(condition: () => boolean): Promise<void> {
    try {
      await this.until(condition)
    } catch (error) {
      if (!(error instanceof TargetError || error instanceof CutShort)) throw error
    }
  }

  /** Cuts the connection. */
  abort(): void {
    this.#cut()
  }

  #cut(): void {
    if (this.#end('by the kit')) this.#tellEnd()
    this.answer.abort()
    this.#wake(true)
  }
}
