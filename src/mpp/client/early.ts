/**
 * Vouchers that a stream did not ask for yet (the option `ahead`): one at a time, each begun by a unit that came. They are
 * sent while the stream is read on; what goes wrong with one is told where the stream is read.
 */

export class EarlyVouchers {
  readonly #send: () => Promise<void>
  readonly #turn: (work: () => Promise<void>) => Promise<void>
  #waiting = false
  #last: Promise<void> = Promise.resolve()
  #failure: { error: unknown } | undefined

  /** `send` signs and sends what may be signed for then; `turn` runs it when the channel is free. */
  constructor(send: () => Promise<void>, turn: (work: () => Promise<void>) => Promise<void>) {
    this.#send = send
    this.#turn = turn
  }

  /** A unit came. What waits for its turn already will be for it too. */
  unit(): void {
    if (this.#waiting || this.#failure !== undefined) return
    this.#waiting = true
    const sent = this.#turn(() => {
      this.#waiting = false
      return this.#send()
    })
    this.#last = sent.catch((error: unknown) => {
      this.#waiting = false
      this.#failure ??= { error }
    })
  }

  /** Throws what went wrong. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }

  /** The events of the stream; when they are over, the last voucher is waited for. */
  async *around(events: AsyncGenerator<string, void, undefined>): AsyncGenerator<string, void, undefined> {
    yield* events
    await this.#last
    this.check()
  }
}
