/** What comes before the clock starts: the open, and code that is not compiled yet. */
const warmUp = 100

/** How many of a source come in a second, over `count` of them. Its end is not waited for. */
export async function timed(source: AsyncIterable<unknown>, count: number): Promise<number> {
  let seen = 0
  let start = 0
  for await (const _ of source) {
    if (++seen === warmUp) start = performance.now()
    if (seen === warmUp + count) return count / ((performance.now() - start) / 1000)
  }
  throw new Error(`the source ended after ${seen}`)
}
