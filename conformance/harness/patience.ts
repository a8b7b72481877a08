/**
 * A timeout that counts only the time in which the kit itself was idle. A target that shares a busy machine or a
 * process with the kit is slow but not silent: time in which the kit is working, or waits for the processor, does not
 * count.
 */
import { performance } from 'node:perf_hooks'

/** However busy the kit is, it waits no longer than this many times what was asked for. */
const atMost = 10

/** Calls `late` once the kit has waited `ms` milliseconds. The returned function cancels it. */
export function patience(ms: number, late: () => void): () => void {
  const start = performance.now()
  let timer: NodeJS.Timeout
  const wait = (left: number) => {
    const before = performance.eventLoopUtilization().idle
    timer = setTimeout(() => {
      const waited = performance.eventLoopUtilization().idle - before
      if (left - waited < 1 || performance.now() - start > ms * atMost) late()
      else wait(left - waited)
    }, left)
  }
  wait(ms)
  return () => clearTimeout(timer)
}
