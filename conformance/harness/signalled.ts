/** Signals to processes that may have ended by themselves, or run as another user: then the kit may not end them. */

/** Sends a signal; 0 only asks. Answers false where it may not: whatever is there is another user's. */
export function signalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ESRCH') return true
    if (code === 'EPERM') return false
    throw error
  }
}

/** What is said of processes that the kit may not end. */
export const leftBehind = (pids: readonly number[]): string =>
  `${pids.length === 1 ? 'a process of another user is' : `${pids.length} processes of another user are`} left behind (${pids.join(', ')})`

/** Says it to whoever runs the kit: nobody else will end them. */
export function tellLeftBehind(name: string, pids: readonly number[]): void {
  if (pids.length > 0)
    process.stderr.write(
      `warning: ${name}: ${leftBehind(pids)}, and the kit may not end what is not its own\n`,
    )
}
