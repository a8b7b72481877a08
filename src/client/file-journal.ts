/**
 * A journal in a folder, for Node: one file a channel, written beside its place, flushed, and moved there, so that a
 * killed process or a full disk leaves the old text or the new one. A channel belongs to one process at a time.
 */
import { type FileHandle, link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bytes32 } from '../codec/hex.ts'
import { decode, type Entry, encode, inOrder, type Journal, type Release } from './journal.ts'

const nameOf = (channelId: Bytes32): string => `${channelId}.json`
const isEntry = /^0x[0-9a-f]{64}\.json$/

/** Opens a journal; the folder is made when it is missing, readable by its owner alone. */
export async function fileJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let writes = 0

  async function write(name: string, text: string): Promise<void> {
    const unfinished = join(folder, `.${name}.${process.pid}.${++writes}`)
    try {
      await flushed(await open(unfinished, 'wx', 0o600), (file) => file.writeFile(text))
      await rename(unfinished, join(folder, name))
      await flushed(await open(folder, 'r'))
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
  }

  return {
    async check() {
      const name = `check.${process.pid}.${++writes}`
      // As much as an entry takes: a disk that has no room for one says so now.
      await write(name, 'x'.repeat(8_192))
      await rm(join(folder, name))
    },
    save: (entry) => write(nameOf(entry.channelId), encode(entry)),
    remove: (channelId) => rm(join(folder, nameOf(channelId)), { force: true }),
    async list() {
      const names = (await readdir(folder)).filter((name) => isEntry.test(name))
      const entries = await Promise.all(names.map((name) => readEntry(join(folder, name))))
      return inOrder(entries.filter((entry) => entry !== undefined))
    },
    claim: (channelId) => claim(join(folder, `${channelId}.lock`)),
  }
}

/** Writes to a file, flushes and closes it. */
async function flushed(file: FileHandle, write?: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await write?.(file)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** An entry; undefined when another process has just removed it. */
async function readEntry(path: string): Promise<Entry | undefined> {
  try {
    return decode(await readFile(path, 'utf8'))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}

/** Takes a lock file that names its process; one whose process has died is taken over. */
async function claim(path: string): Promise<Release | undefined> {
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`
  const file = await open(own, 'wx', 0o600)
  await flushed(file, async (handle) => handle.writeFile(await identityOf(process.pid)))
  try {
    for (;;) {
      try {
        // A link appears with its content, and only if nothing is there.
        await link(own, path)
        return () => rm(path, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      }
      const holder = await readFile(path, 'utf8').catch(missing)
      if (holder === undefined) continue
      if (await isAlive(holder)) return undefined
      // Only one of those who find a dead lock moves it away.
      const dead = `${own}.dead`
      await rename(path, dead).catch(missing)
      if (await wasTaken(dead, holder, path)) return undefined
    }
  } finally {
    await rm(own, { force: true })
  }
}

/** Removes a lock that was moved away; puts it back when it is a living process that took it meanwhile. */
async function wasTaken(dead: string, holder: string, path: string): Promise<boolean> {
  const moved = await readFile(dead, 'utf8').catch(missing)
  const alive = moved !== undefined && moved !== holder
  if (alive) await link(dead, path).catch(() => undefined)
  await rm(dead, { force: true })
  return alive
}

/** A process and when it began: its number alone is used again. */
async function identityOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // Field 22, counted after the name, which may hold spaces.
  const started = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  return `${pid} ${started}`.trim()
}

async function isAlive(identity: string): Promise<boolean> {
  const pid = Number(identity.split(' ')[0])
  if (!Number.isSafeInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  return (await identityOf(pid)) === identity
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

function missing(error: unknown): undefined {
  if (!isMissing(error)) throw error
  return undefined
}
