/** Runs work one after the other by name: a call begins when the previous one of the same name has ended. */
export type InTurn = <T>(name: string, work: () => Promise<T>) => Promise<T>

/** Builds turns without waiting work. */
export function turns(): InTurn {
  const last = new Map<string, Promise<unknown>>()
  return async (name, work) => {
    // A failure of the previous turn is reported to its own caller only.
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
