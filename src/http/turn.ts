/** Ends of a turn of the event loop. */

/**
 * Resolves when what was begun in this turn has left: requests of Node are written when its microtasks are over. Where
 * there is no such moment (browsers, workers), at once.
 */
export const turnOver = (): Promise<void> | undefined => {
  const { setImmediate: afterwards } = globalThis as { setImmediate?: (resolve: () => void) => void }
  return afterwards === undefined ? undefined : new Promise((resolve) => afterwards(resolve))
}
