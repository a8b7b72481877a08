/** Does work for many things, some of them at the same time. */

/** How many are under way at the same time. */
const atOnce = 8

/** Resolves when the work is done for each. Rejects with the first error; what is under way then is not waited for. */
export async function forEach<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  // One iterator: each worker takes the next that nobody has taken.
  const left = items[Symbol.iterator]()
  const worker = async () => {
    for (let next = left.next(); !next.done; next = left.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
