/**
 * A paid SSE response: the author's events, a pause with one need-voucher event when the balance runs out, and the
 * receipt at the end.
 *
 * The body is pulled: a value is charged and framed only when the connection can take it. So a client that does not read
 * is not charged for values that it did not receive. Values that are there at once leave in one piece where charging them
 * waits for nothing, which no disk does; the one after them is asked of the author, and charged when the body is pulled
 * again.
 */
import type { Bytes32 } from '../../codec/hex.ts'
import * as Sse from '../../codec/sse.ts'
import * as Utf8 from '../../codec/utf8.ts'
import { atOnce } from '../../http/at-once.ts'
import { encodeNeedVoucher, encodeReceipt, type NeedVoucher } from '../wire/events.ts'
import type { Receipt } from '../wire/receipt.ts'
import { inBackground } from './background.ts'
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
  /**
   * Who charges: the author, or the stream for each value; where a charge waits for nothing, those of several values that
   * are there leave together.
   */
  charging: 'by-hand' | 'each' | 'each-together'
}

/** How long an author whose stream has been ended may take to notice, in milliseconds. */
const authorGraceMs = 1_000

/** Most values that leave in one piece, and after how many characters it takes no more. */
const maxTogether = 16
const maxPieceChars = 4_096

/** Builds the body. */
export function streamBody(options: StreamOptions): ReadableStream<Uint8Array> {
  const stop = new AbortController()
  const signal = AbortSignal.any([options.signal, stop.signal])
  const pieces = piecesOf(options, signal)
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
        const { value, done } = await pieces.next().catch((error: unknown) => {
          if (!signal.aborted) options.onError(error)
          throw error
        })
        if (done) controller.close()
        else controller.enqueue(Utf8.encode(value))
      },
      async cancel() {
        stop.abort(new StreamEnded('disconnected'))
        await pieces.return()
      },
    },
    { highWaterMark: 0 },
  )
}

async function* piecesOf(
  options: StreamOptions,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const asks = askQueue(signal, options.keepAliveMs)
  const meter = new Meter({ ...options.meter, signal, onNeedVoucher: asks.push })
  const isTogether = options.charging === 'each-together'
  let source: AsyncIterator<StreamValue> | undefined
  const charged = async (next: Promise<IteratorResult<StreamValue>>, isFirst: boolean) => {
    const result = await next
    // What is charged for already does not wait for the chain to be read.
    if (!result.done) await meter.charge(1, { mayRead: isFirst })
    return result
  }
  const ofPiece = { mayRead: false } as const
  /** A value that is there, once it is charged; the end costs nothing. */
  const paidFor = (result: IteratorResult<StreamValue>) =>
    result.done ? Promise.resolve(result) : meter.charge(1, ofPiece).then(() => result)
  /** What was charged for and has not left yet, and how many values that are. */
  let piece = ''
  let count = 0
  const take = () => {
    const taken = piece
    piece = ''
    count = 0
    return taken
  }
  /** A value that was asked for and is not charged yet. */
  let early: Promise<IteratorResult<StreamValue>> | undefined
  /** What came of it, where that was there at once. */
  let there: IteratorResult<StreamValue> | undefined
  let abandoned = false
  let givenBack = false
  let told = 0
  try {
    const charge = async (units?: number) => void (await meter.charge(units))
    source = options.source({ charge, signal })[Symbol.asyncIterator]()
    // Free values are not charged, so the signal is looked at here too.
    for (let ended = false; !ended && !signal.aborted; ) {
      const next = early ?? source.next()
      const work =
        options.charging === 'by-hand'
          ? next
          : there === undefined
            ? charged(next, count === 0)
            : paidFor(there)
      // Most often a charge of the same piece waits for nothing either.
      const paid = there === undefined ? undefined : await atOnce(work)
      early = undefined
      there = undefined
      // The source may be waiting in charge(): its question must get out while it waits.
      while (paid === undefined) {
        const ask = await asks.race(work)
        if (ask === 'done') break
        if (ask === 'aborted') {
          abandoned = !(await endsSoon(work))
          break
        }
        if (piece !== '') yield take()
        // Proxies may close a connection that stays silent.
        yield ask === 'silence' ? Sse.comment('') : encodeNeedVoucher(ask)
      }
      if (abandoned) break
      const { value, done, failure }: Ended = paid ?? (await endOf(work))
      ended = done === true
      if (!ended) piece += Sse.encode(typeof value === 'string' ? { event: 'message', data: value } : value)
      if (!ended && options.receiptsMidStream && meter.units > told) {
        yield take()
        told = meter.units
        piece = encodeReceipt(await options.receiptNow(told))
      }
      if (!ended && isTogether && ++count < maxTogether && piece.length < maxPieceChars) {
        early = source.next()
        there = await atOnce(early)
        if (there !== undefined) continue
      }
      if (piece !== '') yield take()
      if (failure !== undefined) throw failure.cause
    }
    if (piece !== '') yield take()
    givenBack = true
    await options.giveBack?.()
    if (!(signal.reason instanceof StreamEnded && signal.reason.reason === 'disconnected'))
      yield encodeReceipt(await options.receiptNow(meter.units))
  } finally {
    asks.end()
    // Whoever left is charged for no more than it was sent; the stream counts as running until that is written.
    if (options.giveBack === undefined || givenBack) options.onEnd()
    else await options.giveBack().finally(options.onEnd)
    if (early !== undefined) abandoned = !(await endsSoon(early))
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

/** How a wait for the author ended: with a value, with the end of the stream, or with an error of the author's. */
type Ended = IteratorResult<StreamValue> & { failure?: { cause: unknown } }

async function endOf(work: Promise<IteratorResult<StreamValue>>): Promise<Ended> {
  try {
    return await work
  } catch (cause) {
    // The meter ended it.
    if (cause instanceof StreamEnded) return { value: undefined, done: true }
    return { value: undefined, done: true, failure: { cause } }
  }
}

/** What ends a wait for a source. */
type First = 'done' | 'asked' | 'aborted' | 'silence'

/**
 * What comes while the source is being waited for: a question, the end of the stream, silence. One listener and one timer
 * serve the whole stream, so that a word costs none.
 */
function askQueue(signal: AbortSignal, silenceMs: number) {
  let pending: NeedVoucher | undefined
  let wake: ((first: First) => void) | undefined
  const aborted = () => wake?.('aborted')
  signal.addEventListener('abort', aborted, { once: true })
  const silence = silenceOf(silenceMs, () => wake?.('silence'))
  return {
    push: (ask: NeedVoucher) => {
      pending = ask
      wake?.('asked')
    },
    /**
     * Resolves with the next need-voucher event, or with `done` when `work` has ended, `aborted` when the stream was
     * ended, or `silence` after `silenceMs` milliseconds without any of them; 0 waits without limit.
     */
    async race(work: Promise<unknown>): Promise<NeedVoucher | Exclude<First, 'asked'>> {
      let first: First = pending === undefined ? 'aborted' : 'asked'
      if (pending === undefined && !signal.aborted) {
        silence.begin()
        first = await new Promise<First>((resolve) => {
          wake = resolve
          const done = () => resolve('done')
          work.then(done, done)
        })
        silence.end()
        wake = undefined
      }
      const ask = pending
      pending = undefined
      return ask ?? (first === 'asked' ? 'done' : first)
    },
    /** Lets go of the signal and the timer, which would keep the stream in memory. */
    end: () => {
      signal.removeEventListener('abort', aborted)
      silence.stop()
    },
  }
}

/** Tells of silences of `ms` milliseconds; 0 is never. */
function silenceOf(ms: number, tell: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined
  /** When the silence began; infinite while there is none. */
  let since = Infinity
  const lookAfter = (pauseMs: number) => {
    timer = setTimeout(() => {
      timer = undefined
      const left = since + ms - performance.now()
      if (left === Infinity) return
      if (left > 0) lookAfter(left)
      else tell()
    }, pauseMs)
    // It may run on for a while when nobody reads the stream any more.
    inBackground(timer)
  }
  return {
    begin() {
      if (ms === 0) return
      since = performance.now()
      if (timer === undefined) lookAfter(ms)
    },
    end() {
      since = Infinity
    },
    stop: () => clearTimeout(timer),
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
