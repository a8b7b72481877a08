/** Work that takes turns by name: what one call does is over before the next of its name begins. */
export type InTurn = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** Builds turns with nobody waiting. */
export function turns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    // How the turn before ended is its own caller's concern.
    const before = (last.get(name) ?? Promise.resolve()).catch(() => undefined)
    const turn = before.then(work)
    last.set(name, turn)
    try {
      return await turn
    } finally {
      if (last.get(name) === turn) last.delete(name)
    }
  }
}
