/**
 * Whether a process of this machine lives, by its number and its beginning: a number alone is given again. Only Linux
 * tells when a process began; elsewhere the number alone counts.
 */
import { readFileSync } from 'node:fs'

/** When a process began, in ticks after the start of the machine; empty where that is not known. */
export const beganAt = (pid: number): string => statOf(pid).began

/** Whether the process with this number is still the one that began then. One that ended and was not waited for is not. */
export function isRunning(pid: number, began: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const now = statOf(pid)
  return now.state !== 'Z' && now.began === began
}

function statOf(pid: number): { state: string; began: string } {
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // After the name, which may hold spaces: field 3 and field 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0] ?? '', began: fields[19] ?? '' }
}

/** What only Linux can tell; empty elsewhere. */
export function orNothing(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return ''
  }
}
