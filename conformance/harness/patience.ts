/**
 * A time-out that counts the time in which the kit itself had nothing to do. A target that shares a busy machine with
 * the kit, or its process, is slow and not silent: while the kit is at work, or waits for the processor, the target
 * is not being waited for.
 */
import { performance } from 'node:perf_hooks'

/** However busy the kit is, it waits no longer than this many times what was asked for. */
const atMost = 10

/** Calls `late` once the kit has waited for `ms`; the function it returns calls that off. */
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
