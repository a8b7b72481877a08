/**
 * Locks between processes, by files in a folder that identify their holders. They are numbered: the successor of a dead
 * process creates the next number, which only one can, and files of living processes are never touched. Node only.
 */
import { link, open, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { flushed } from './flushed.ts'
import { beganAt, isRunning } from './process.ts'

/**
 * Runs `work` in one process at a time. Nothing signals when a lock is free: it is tried again every `turnMs`
 * milliseconds, more or less.
 */
export async function exclusively<T>(
  folder: string,
  name: string,
  work: () => Promise<T>,
  turnMs: number,
): Promise<T> {
  let release = await claim(folder, name)
  while (release === undefined) {
    await new Promise((resolve) => setTimeout(resolve, turnMs * (0.5 + Math.random())))
    release = await claim(folder, name)
  }
  try {
    return await work()
  } finally {
    await release()
  }
}

/** Takes a lock by its name; answers how to let go of it, undefined while a living process holds it. */
export async function claim(folder: string, name: string): Promise<(() => Promise<void>) | undefined> {
  const prefix = `${name}.lock.`
  const own = join(folder, `.${prefix}${process.pid}.${Math.random().toString(36).slice(2)}`)
  await flushed(await open(own, 'wx', 0o600), (file) => file.writeFile(identityOf(process.pid)))
  try {
    for (;;) {
      const dead = await deadLocks(folder, prefix)
      if (dead === undefined) return undefined
      const numbered = `${prefix}${Math.max(-1, ...dead) + 1}`
      try {
        // A link appears with its content, and only if nothing is there.
        await link(own, join(folder, numbered))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        continue
      }
      const release = () => rm(join(folder, numbered), { force: true })
      // Another process may have started at a lower number meanwhile.
      if ((await deadLocks(folder, prefix, numbered)) === undefined) {
        await release()
        return undefined
      }
      for (const number of dead) await rm(join(folder, `${prefix}${number}`), { force: true })
      return release
    }
  } finally {
    await rm(own, { force: true })
  }
}

/** The numbers of locks whose processes died; undefined when one of another process that lives is among them. */
async function deadLocks(folder: string, prefix: string, own?: string): Promise<number[] | undefined> {
  const numbers: number[] = []
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || name === own) continue
    const holder = await readFile(join(folder, name), 'utf8').catch(missing)
    if (holder === undefined) continue
    if (isAlive(holder)) return undefined
    numbers.push(Number(name.slice(prefix.length)))
  }
  return numbers
}

const identityOf = (pid: number): string => `${pid} ${beganAt(pid)}`.trim()

function isAlive(identity: string): boolean {
  const [number, began = ''] = identity.split(' ')
  const pid = Number(number)
  return Number.isSafeInteger(pid) && pid > 0 && isRunning(pid, began)
}

/** As an answer of `readFile` that is caught: nothing where there is no such file. */
export function missing(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}

/** Whether a file system's error says that there is no such file. */
export const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
