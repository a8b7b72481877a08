/** Seconds before the clock starts: the open, and code that is not compiled yet. */
const warmUp = 2
/** Seconds that are counted. */
const counted = 4

/** How many of a source come in a second. Its end is not waited for. */
export async function timed(source: AsyncIterable<unknown>): Promise<number> {
  const begun = performance.now()
  let start: number | undefined
  let seen = 0
  for await (const _ of source) {
    const now = performance.now()
    if (start === undefined) {
      if (now - begun >= warmUp * 1_000) start = now
      continue
    }
    seen++
    if (now - start >= counted * 1_000) return seen / ((now - start) / 1_000)
  }
  throw new Error('the source ended')
}
