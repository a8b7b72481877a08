/** A paid event stream as the client reads it. */
import { DecodeError } from '../../codec/decode-error.ts'
import * as Sse from '../../codec/sse.ts'
import { chunksOf } from '../../http/limits.ts'
import * as Events from '../wire/events.ts'
import type { Receipt } from '../wire/receipt.ts'
import { ServerError } from './wire.ts'

export interface StreamReader {
  idleTimeoutMs: number
  signal: AbortSignal | undefined
  /** Answers a question; the stream is read on when it resolves. */
  onNeedVoucher?(needed: Events.NeedVoucher): Promise<void>
  /** Told of every receipt: the last one is the final one. */
  onReceipt?(receipt: Receipt): void
  /** Called with the name of every application event, before the event is yielded. */
  onUnit?(name: string): void
  /** Told once, when nothing more is read; `whole` when the server ended the stream. */
  onEnd?(whole: boolean): void
}

/** Whether a response is an event stream. */
export const isStream = (response: Response): boolean =>
  response.body !== null &&
  (response.headers.get('content-type') ?? '').toLowerCase().startsWith('text/event-stream')

/** The bytes of a stream. Throws `ServerError` `cut-stream` when it breaks off. */
async function* bytesOf(response: Response, { idleTimeoutMs, signal }: StreamReader) {
  try {
    yield* chunksOf(response, idleTimeoutMs, signal)
  } catch (error) {
    if (signal?.aborted || !(error instanceof TypeError)) throw error
    throw new ServerError('cut-stream', `the stream broke off: ${error.message}`, { cause: error })
  }
}

/** The data of a stream's events. Questions and receipts are for the client, and not handed on. */
export async function* paidEvents(
  response: Response,
  reader: StreamReader,
): AsyncGenerator<string, void, undefined> {
  let whole = false
  try {
    for await (const { event, data } of Sse.decode(bytesOf(response, reader))) {
      if (event === Events.needVoucherEvent && reader.onNeedVoucher !== undefined)
        await reader.onNeedVoucher(read(() => Events.decodeNeedVoucher(data), event))
      else if (event === Events.receiptEvent && reader.onReceipt !== undefined)
        reader.onReceipt(read(() => Events.decodeReceipt(data), event))
      else {
        reader.onUnit?.(event)
        yield data
      }
    }
    whole = true
  } finally {
    reader.onEnd?.(whole)
  }
}

function read<T>(decode: () => T, event: string): T {
  try {
    return decode()
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    throw new ServerError('malformed-event', `${event} is malformed: ${error.message}`, { cause: error })
  }
}
