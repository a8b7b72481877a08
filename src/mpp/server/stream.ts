/**
 * A paid SSE response: the author's events, a pause with one need-voucher event when the balance runs out, and the
 * receipt at the end.
 *
 * The body is pulled: a value is produced, charged and framed only when the connection can take it. So a client that
 * does not read is not charged for values that it did not receive.
 */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Sse from '../../codec/sse.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { encodeNeedVoucher, encodeReceipt, type NeedVoucher } from '../wire/events.ts'
import type { Receipt } from '../wire/receipt.ts'
import type { MeterOptions } from './meter.ts'
import { Meter, StreamEnded } from './meter.ts'
import type { Payment } from './payment.ts'

/** What an author yields: the data of an event, or a whole event. */
export type StreamValue = string | { data: string; event?: string; id?: string }

/** What the author of a stream is given: `charge` for metered streams, the signal, and the payment. */
export interface PaidStream {
  /**
   * Charges units, default 1. Resolves when they are paid for, which may wait for a voucher. Rejects when the stream
   * ends.
   */
  charge(units?: number): Promise<void>
  /** Aborts when the stream ends early. */
  signal: AbortSignal
  /** Who pays, and from which channel. */
  payment: Payment
}

export interface StreamOptions {
  meter: Omit<MeterOptions, 'onNeedVoucher' | 'signal'>
  signal: AbortSignal
  source(stream: Omit<PaidStream, 'payment'>): AsyncIterable<StreamValue>
  /** The state of the channel, when this stream has charged so many units. */
  receiptNow(units: number): Promise<Receipt>
  /** Whether it is told after each value that was charged for, and not only when the stream is over. */
  receiptsMidStream: boolean
  /** Nothing more will be charged: gives back what was charged ahead and not delivered. */
  giveBack?(): Promise<void>
  onEnd(): void
  /** The author threw, or something else broke the stream while its client was there. */
  onError(error: unknown): void
  /** Milliseconds of silence after which a comment is sent; 0 is never. */
  keepAliveMs: number
}

/** How long an author whose stream has been ended may take to notice, in milliseconds. */
const authorGraceMs = 1_000

/** Builds the body. */
export function streamBody(options: StreamOptions): ReadableStream<Uint8Array> {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const frames = framesOf(options, signal)
  let begun = false
  // Whoever left before it was read from has ended it: what would end it otherwise never begins.
  const left = () => {
    if (!begun && !(signal.reason instanceof StreamEnded && signal.reason.reason !== 'disconnected'))
      options.onEnd()
  }
  if (signal.aborted) left()
  else signal.addEventListener('abort', left, { once: true })
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        begun = true
        const { value, done } = await frames.next().catch((error: unknown) => {
          if (!signal.aborted) options.onError(error)
          throw error
        })
        if (done) controller.close()
        else controller.enqueue(Utf8.encode(value))
      },
      async cancel() {
        stop.abort(new StreamEnded('disconnected'))
        await frames.return()
      },
    },
    { highWaterMark: 0 },
  )
}

async function* framesOf(
  options: StreamOptions,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const asks = askQueue(signal)
  const meter = new Meter({ ...options.meter, signal, onNeedVoucher: asks.push })
  let source: AsyncIterator<StreamValue> | undefined
  let abandoned = false
  let givenBack = false
  let told = 0
  try {
    source = options.source({ charge: (units) => meter.charge(units), signal })[Symbol.asyncIterator]()
    // Free values are not charged, so the signal is looked at here too.
    for (let ended = false; !ended && !signal.aborted; ) {
      // The source may be waiting in charge(): its question must get out while it waits.
      const next = source.next()
      for (;;) {
        const ask = await asks.race(next, options.keepAliveMs)
        if (ask === 'done') break
        if (ask === 'aborted') {
          abandoned = !(await endsSoon(next))
          break
        }
        // Proxies may close a connection that stays silent.
        yield ask === 'silence' ? Sse.comment('') : encodeNeedVoucher(ask)
      }
      if (abandoned) break
      const { value, done } = await endedEarly(next)
      ended = done === true
      if (!ended) yield Sse.encode(typeof value === 'string' ? { event: 'message', data: value } : value)
      if (!ended && options.receiptsMidStream && meter.units > told) {
        told = meter.units
        yield encodeReceipt(await options.receiptNow(told))
      }
    }
    givenBack = true
    await options.giveBack?.()
    if (!(signal.reason instanceof StreamEnded && signal.reason.reason === 'disconnected'))
      yield encodeReceipt(await options.receiptNow(meter.units))
  } finally {
    asks.end()
    // Whoever left is charged for no more than it was sent; the stream counts as running until that is written.
    if (options.giveBack === undefined || givenBack) options.onEnd()
    else await options.giveBack().finally(options.onEnd)
    const returned = source?.return?.()
    // An author that ignores the signal is told to stop and is not waited for.
    if (abandoned) void Promise.allSettled([returned])
    else await returned
  }
}

/** Whether the author's work ends within `authorGraceMs`. */
async function endsSoon(work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, authorGraceMs, false)
  })
  const ended = await Promise.race([Promise.allSettled([work]), late])
  clearTimeout(timer)
  return ended !== false
}

/** A stream that the meter ended is over; any other error is the author's and breaks the connection. */
async function endedEarly(next: Promise<IteratorResult<StreamValue>>): Promise<IteratorResult<StreamValue>> {
  try {
    return await next
  } catch (error) {
    if (error instanceof StreamEnded) return { value: undefined, done: true }
    throw error
  }
}

/** What ends a wait for a source. */
type First = 'done' | 'asked' | 'aborted' | 'silence'

/**
 * What comes while the source is being waited for: a question, the end of the stream, silence. One listener serves the
 * whole stream, so that a word costs none.
 */
function askQueue(signal: AbortSignal) {
  let pending: NeedVoucher | undefined
  let wake: ((first: First) => void) | undefined
  const aborted = () => wake?.('aborted')
  signal.addEventListener('abort', aborted, { once: true })
  return {
    push: (ask: NeedVoucher) => {
      pending = ask
      wake?.('asked')
    },
    /**
     * Resolves with the next need-voucher event, or with `done` when `work` has ended, `aborted` when the stream was
     * ended, or `silence` after `silenceMs` milliseconds without any of them; 0 waits without limit.
     */
    async race(work: Promise<unknown>, silenceMs: number): Promise<NeedVoucher | Exclude<First, 'asked'>> {
      const first =
        pending !== undefined
          ? 'asked'
          : signal.aborted
            ? 'aborted'
            : await new Promise<First>((resolve) => {
                const timer = silenceMs > 0 ? setTimeout(() => come('silence'), silenceMs) : undefined
                const come = (first: First) => {
                  // The work of an earlier wait may end now.
                  if (wake !== come) return
                  wake = undefined
                  clearTimeout(timer)
                  resolve(first)
                }
                wake = come
                const done = () => come('done')
                work.then(done, done)
              })
      const ask = pending
      pending = undefined
      return ask ?? (first === 'asked' ? 'done' : first)
    },
    /** Lets go of the signal, which would keep the stream in memory. */
    end: () => signal.removeEventListener('abort', aborted),
  }
}

/** Streams under way, one per channel: a new one ends the one before it (SESS-GEN-004). */
export function activeStreams() {
  const active = new Map<Bytes32, AbortController>()
  const running = new Set<Promise<void>>()
  const supersede = (channelId: Bytes32) => active.get(channelId)?.abort(new StreamEnded('superseded'))
  return {
    supersede,
    begin(channelId: Bytes32): { signal: AbortSignal; end(): void } {
      supersede(channelId)
      const controller = new AbortController()
      active.set(channelId, controller)
      let over: () => void = () => undefined
      const ended = new Promise<void>((resolve) => {
        over = resolve
      })
      running.add(ended)
      return {
        signal: controller.signal,
        end: () => {
          if (active.get(channelId) === controller) active.delete(channelId)
          running.delete(ended)
          over()
        },
      }
    },
    /** Ends all, and waits until each has sent its receipt or lost its client. */
    async end(): Promise<void> {
      for (const controller of active.values()) controller.abort(new StreamEnded('shutdown'))
      await Promise.all(running)
    },
  }
}
