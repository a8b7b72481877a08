/**
 * Processes that left the group they were started in: a variable of their environment still tells whose they are. Linux
 * alone shows it; elsewhere nothing is found.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const variable = 'STREAMED_PAYMENTS_ERRAND'

/** Marks of commands that have not ended; what carries one does not outlive the kit. */
const marks = new Set<string>()

process.on('exit', () => {
  for (const text of marks) killMarked(text)
})

/** Creates a mark that all descendants of a process inherit. */
export function mark(): { env: Record<string, string>; text: string } {
  const id = randomUUID()
  const text = `${variable}=${id}`
  marks.add(text)
  return { env: { [variable]: id }, text }
}

/** Kills every process that carries a mark, and what those start meanwhile; answers how many there were. */
export function killMarked(text: string): number {
  const killed = new Set<number>()
  for (;;) {
    const found = numbers('/proc').filter(
      (pid) => pid !== process.pid && !killed.has(pid) && carries(pid, text),
    )
    if (found.length === 0) break
    for (const pid of found) {
      killed.add(pid)
      end(pid)
    }
  }
  marks.delete(text)
  return killed.size
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It ended by itself meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
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
