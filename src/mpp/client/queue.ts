/** Requests on one channel take turns: what one signs must arrive before what the next one signs. */

export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  /** Runs `work` when everything before it has ended, however it ended. Rejects with the signal's reason if that comes first. */
  run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const turn = this.#last
    const result = (async () => {
      await Promise.allSettled([turn])
      signal?.throwIfAborted()
      return work()
    })()
    this.#last = result
    return result
  }
}
