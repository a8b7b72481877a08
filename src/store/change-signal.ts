/** Wakes waiters when a record changes, by the record's key, without polling. */

export interface ChangeSignal {
  notify(key: string): void
  wait(key: string, signal: AbortSignal): Promise<void>
}

/** Builds a signal without waiters. */
export function changeSignal(): ChangeSignal {
  const waiting = new Map<string, Set<() => void>>()
  return {
    notify(key) {
      const wakers = waiting.get(key)
      if (wakers === undefined) return
      waiting.delete(key)
      for (const wake of wakers) wake()
    },
    wait(key, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const wakers = waiting.get(key) ?? new Set()
        waiting.set(key, wakers)
        const finish = (then: () => void) => {
          wakers.delete(wake)
          if (wakers.size === 0 && waiting.get(key) === wakers) waiting.delete(key)
          signal.removeEventListener('abort', abort)
          then()
        }
        const wake = () => finish(resolve)
        const abort = () => finish(() => reject(signal.reason))
        wakers.add(wake)
        signal.addEventListener('abort', abort, { once: true })
      })
    },
  }
}
