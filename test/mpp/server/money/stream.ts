/** A paid stream as its client reads it: unit by unit, only as far as it wants to. */
import * as Sse from '../../../../src/codec/sse.ts'
import * as Events from '../../../../src/mpp/wire/events.ts'
import type { World } from './world.ts'

/** What comes next: a unit, a question for a voucher, or nothing more. */
export type Next = { unit: string } | { required: bigint } | 'end' | 'broken'

export class OpenStream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  readonly #events = Sse.reader()
  readonly #ready: Sse.SseEvent[] = []
  readonly #abort: AbortController
  /** The total it asked for and did not get yet. */
  asked: bigint | undefined

  constructor(response: Response, abort: AbortController) {
    this.#reader = (response.body as ReadableStream<Uint8Array>).getReader()
    this.#abort = abort
  }

  /** Reads on. Throws `ConnectionLost` when the server dies meanwhile. */
  async next(world: World): Promise<Next> {
    for (;;) {
      const event = this.#ready.shift()
      if (event === undefined) {
        const read = await world.until(this.#reader.read()).catch((error: unknown) => {
          if (world.server.life.over) throw error
          return undefined
        })
        if (read === undefined) return 'broken'
        if (read.done) return 'end'
        this.#ready.push(...this.#events.push(read.value))
      } else if (event.event === Events.needVoucherEvent) {
        this.asked = Events.decodeNeedVoucher(event.data).requiredCumulative
        return { required: this.asked }
      } else if (event.event !== Events.receiptEvent) return { unit: event.data }
    }
  }

  /** The client goes away. */
  async cut(world: World): Promise<void> {
    this.#abort.abort()
    await world.until(this.#reader.cancel()).catch(() => undefined)
  }
}
