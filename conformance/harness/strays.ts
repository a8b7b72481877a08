/**
 * Processes that left the group they were started in: a variable of their environment still tells whose they are. Linux
 * alone shows it; elsewhere nothing is found.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const variable = 'STREAMED_PAYMENTS_ERRAND'

/** Creates a mark that all descendants of a process inherit. */
export function mark(): { env: Record<string, string>; text: string } {
  const text = randomUUID()
  return { env: { [variable]: text }, text: `${variable}=${text}` }
}

/** Kills every process that carries a mark; answers how many there were. */
export function killMarked(text: string): number {
  let killed = 0
  for (const pid of numbers('/proc')) {
    if (pid === process.pid || !carries(pid, text)) continue
    try {
      process.kill(pid, 'SIGKILL')
      killed++
    } catch (error) {
      // It ended by itself meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
  return killed
}

function carries(pid: number, text: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(text)
  } catch {
    // Gone, or another user's: not one of ours.
    return false
  }
}

function numbers(folder: string): number[] {
  try {
    return readdirSync(folder).map(Number).filter(Number.isSafeInteger)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
