/** Wakes those who wait for a channel to change. Nothing polls. */
import type { Bytes32 } from '../../../codec/hex.ts'

export interface ChangeSignal {
  notify(channelId: Bytes32): void
  wait(channelId: Bytes32, signal: AbortSignal): Promise<void>
}

/** Builds a signal with nobody waiting. */
export function changeSignal(): ChangeSignal {
  const waiting = new Map<Bytes32, Set<() => void>>()
  return {
    notify(channelId) {
      const wakers = waiting.get(channelId)
      waiting.delete(channelId)
      for (const wake of wakers ?? []) wake()
    },
    wait(channelId, signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason)
        const wakers = waiting.get(channelId) ?? new Set()
        waiting.set(channelId, wakers)
        const finish = (then: () => void) => {
          wakers.delete(wake)
          if (wakers.size === 0 && waiting.get(channelId) === wakers) waiting.delete(channelId)
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
