/**
 * A journal in a folder, for Node: one file per channel, written to a temporary file, flushed, and renamed. So a killed
 * process or a full disk leaves either the old or the new content. A channel belongs to one process at a time.
 */
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bytes32 } from '../../codec/hex.ts'
import { claim, exclusively, isMissing, missing } from '../../store/file-lock.ts'
import { flushed } from '../../store/flushed.ts'
import { decode, type Entry, encode, inOrder, type Journal } from './journal.ts'
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
    tally: (change) => tallies.run(() => exclusively(folder, 'totals', () => tally(change), turnMs)),
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
