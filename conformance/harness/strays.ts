/**
 * Processes that left the group they were started in: a variable of their environment still tells whose they are, and
 * where they were given a clean one, a limit that they inherit. Linux alone shows both; elsewhere nothing is found.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { signalled, tellLeftBehind } from './signalled.ts'

const variable = 'STREAMED_PAYMENTS_ERRAND'

/** What all descendants of a process inherit, whatever group and session they are in. */
export interface Mark {
  env: Readonly<Record<string, string>>
  /** The command, so that its processes carry the mark. */
  marked(command: string): string
  /** Whether a process carries it. */
  isOn(pid: number): boolean
  /** Processes that carry it and could not be ended: they run as another user. */
  readonly unreachable: Set<number>
}

/** Marks of commands that have not ended; what carries one does not outlive the kit. */
const marks = new Set<Mark>()

process.on('exit', () => {
  for (const mark of marks) {
    killMarked(mark)
    tellLeftBehind('what was started', [...mark.unreachable])
  }
})

/** Creates a mark. */
export function mark(): Mark {
  const id = randomUUID()
  // The kernel knows a limit of file locks and holds nobody to it: its number is free to say something.
  const limit = String(randomBytes(6).readUIntBE(0, 6))
  const made: Mark = {
    env: { [variable]: id },
    // Dash and bash call it by different letters; a shell that knows neither leaves its processes the environment.
    marked: (command) => `ulimit -S -w ${limit} 2>/dev/null || ulimit -S -x ${limit} 2>/dev/null\n${command}`,
    unreachable: new Set(),
    isOn: (pid) =>
      read(`/proc/${pid}/environ`).split('\0').includes(`${variable}=${id}`) ||
      (/^Max file locks +(\d+)/m.exec(read(`/proc/${pid}/limits`))?.[1] === limit && !isOver(pid)),
  }
  marks.add(made)
  return made
}

/** Kills every process that carries a mark, and what those start meanwhile; answers how many that were. */
export function killMarked(mark: Mark): number {
  const killed = new Set<number>()
  // One that forks meanwhile may be looked for where it was: nothing is left when nothing is found twice.
  for (let clean = 0; clean < 2; ) {
    const isNew = (pid: number) => pid !== process.pid && !killed.has(pid) && !mark.unreachable.has(pid)
    const found = numbers('/proc').filter((pid) => isNew(pid) && mark.isOn(pid))
    clean = found.length === 0 ? clean + 1 : 0
    for (const pid of found) {
      if (signalled(pid, 'SIGKILL')) killed.add(pid)
      else mark.unreachable.add(pid)
    }
  }
  marks.delete(mark)
  return killed.size
}

/** Whether a process has ended and its parent has not looked yet: its limits can still be read. */
const isOver = (pid: number): boolean => /^State:\s+[ZX]/m.test(read(`/proc/${pid}/status`))

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    // Gone, or another user's: not one of ours.
    return ''
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
