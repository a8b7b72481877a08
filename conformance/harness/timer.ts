/** Waits by the clock, in Node or in a page. */

/** Calls `then` after so many milliseconds. The returned function cancels it. */
export function after(ms: number, then: () => void): () => void {
  const timer = setTimeout(then, ms)
  return () => clearTimeout(timer)
}
