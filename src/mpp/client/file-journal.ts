/**
 * A journal in a folder, for Node: one file per channel, written to a temporary file, flushed, and renamed. So a killed
 * process or a full disk leaves either the old or the new content. A channel belongs to one process at a time.
 */
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bytes32 } from '../../codec/hex.ts'
import { flushed } from '../../store/flushed.ts'
import { decode, type Entry, encode, inOrder, type Journal, type Release } from './journal.ts'
import { Queue } from './queue.ts'
import * as Totals from './totals.ts'

const nameOf = (channelId: Bytes32): string => `${channelId}.json`
/** The book of what was set aside and paid. */
const totalsName = 'totals.json'
/** How long another process is waited for until it is asked again, in milliseconds: a change takes about one. */
const turnMs = 5
const isEntry = /^0x[0-9a-f]{64}\.json$/

/**
 * Opens a journal in a folder, which is created if missing, readable by its owner only (mode 0700). Rejects with the
 * file system's error when that fails. Give it to `session` so that another process can reuse or recover the channels.
 */
export async function fileJournal(folder: string): Promise<Journal> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let writes = 0
  const tallies = new Queue()

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

  async function tally<T>(
    change: (totals: Totals.Totals) => { totals: Totals.Totals; answer: T },
  ): Promise<T> {
    const text = await readFile(join(folder, totalsName), 'utf8').catch(missing)
    const before = text === undefined ? Totals.none : readTotals(text, join(folder, totalsName))
    const { totals, answer } = change(before)
    const after = Totals.encode(totals)
    if (after !== text) await write(totalsName, after)
    return answer
  }

  return {
    async check() {
      const name = `check.${process.pid}.${++writes}`
      // As large as an entry, so that a full disk is noticed before anything is signed.
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
    tally: (change) => tallies.run(() => exclusively(folder, () => tally(change))),
    claim: (channelId) => claim(folder, channelId),
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

function readTotals(text: string, path: string): Totals.Totals {
  try {
    return Totals.decode(text)
  } catch (error) {
    throw new Error(`${path} cannot be read: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    })
  }
}

/** Runs `work` in one process at a time. Nothing signals when a lock is free, so it is tried again at intervals. */
async function exclusively<T>(folder: string, work: () => Promise<T>): Promise<T> {
  let release = await claim(folder, 'totals')
  while (release === undefined) {
    await new Promise((resolve) => setTimeout(resolve, turnMs * (0.5 + Math.random())))
    release = await claim(folder, 'totals')
  }
  try {
    return await work()
  } finally {
    await release()
  }
}

/**
 * Takes a channel by a lock file that identifies the process; undefined while a living process holds it. Lock files are
 * numbered: the successor of a dead process creates the next number, which only one can, and files of living processes
 * are never touched.
 */
async function claim(folder: string, channelId: Bytes32 | 'totals'): Promise<Release | undefined> {
  const prefix = `${channelId}.lock.`
  const own = join(folder, `.${prefix}${process.pid}.${Math.random().toString(36).slice(2)}`)
  await flushed(await open(own, 'wx', 0o600), async (file) => file.writeFile(await identityOf(process.pid)))
  try {
    for (;;) {
      const dead = await deadLocks(folder, prefix)
      if (dead === undefined) return undefined
      const name = `${prefix}${Math.max(-1, ...dead) + 1}`
      try {
        // A link appears with its content, and only if nothing is there.
        await link(own, join(folder, name))
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        continue
      }
      const release = () => rm(join(folder, name), { force: true })
      // Another process may have started at a lower number meanwhile.
      if ((await deadLocks(folder, prefix, name)) === undefined) {
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
    if (await isAlive(holder)) return undefined
    numbers.push(Number(name.slice(prefix.length)))
  }
  return numbers
}

/** A process id with the start time of the process, because ids are reused. */
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
