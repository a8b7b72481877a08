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
  /** The state of the channel when the stream is over. */
  finalReceipt(units: number): Promise<Receipt>
  onEnd(): void
  /** Milliseconds of silence after which a comment is sent; 0 is never. */
  keepAliveMs: number
}

/** How long an author whose stream has been ended may take to notice, in milliseconds. */
const authorGraceMs = 1_000

/** Builds the body. */
export function streamBody(options: StreamOptions): ReadableStream<Uint8Array> {
  const stop = new AbortController()
  const frames = framesOf(options, AbortSignal.any([options.signal, stop.signal]))
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await frames.next()
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
  const asks = askQueue()
  const meter = new Meter({ ...options.meter, signal, onNeedVoucher: asks.push })
  const source = options.source({ charge: (units) => meter.charge(units), signal })[Symbol.asyncIterator]()
  let abandoned = false
  try {
    // Free values are not charged, so the signal is looked at here too.
    for (let ended = false; !ended && !signal.aborted; ) {
      // The source may be waiting in charge(): its question must get out while it waits.
      const next = source.next()
      for (;;) {
        const ask = await asks.race(next, options.keepAliveMs, signal)
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
    }
    if (!(signal.reason instanceof StreamEnded && signal.reason.reason === 'disconnected'))
      yield encodeReceipt(await options.finalReceipt(meter.units))
  } finally {
    options.onEnd()
    const returned = source.return?.()
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

/** Questions that arise while the source is being waited for. */
function askQueue() {
  let pending: NeedVoucher | undefined
  let wake: (() => void) | undefined
  return {
    push: (ask: NeedVoucher) => {
      pending = ask
      wake?.()
    },
    /**
     * Resolves with the next need-voucher event, or with `done` when `work` has ended, `aborted` when the stream was
     * ended, or `silence` after `silenceMs` milliseconds without any of them; 0 waits without limit.
     */
    async race(
      work: Promise<unknown>,
      silenceMs: number,
      signal: AbortSignal,
    ): Promise<NeedVoucher | 'done' | 'silence' | 'aborted'> {
      const asked = new Promise<void>((resolve) => {
        wake = resolve
      })
      let timer: ReturnType<typeof setTimeout> | undefined
      const silence = new Promise<'silence'>((resolve) => {
        if (silenceMs > 0) timer = setTimeout(resolve, silenceMs, 'silence')
      })
      const listening = new AbortController()
      const aborted = new Promise<'aborted'>((resolve) => {
        if (signal.aborted) resolve('aborted')
        else signal.addEventListener('abort', () => resolve('aborted'), { signal: listening.signal })
      })
      const first = pending ?? (await Promise.race([asked, Promise.allSettled([work]), aborted, silence]))
      clearTimeout(timer)
      listening.abort()
      const ask = pending
      pending = undefined
      return ask ?? (first === 'silence' || first === 'aborted' ? first : 'done')
    },
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
