/**
 * What a run lends on a chain that is not the kit's, in a file of its own: `<name>.key` in a folder that its owner alone
 * can use. A line is written and flushed before the money goes, with the key of the payer that gets it, so that a run
 * that is killed leaves the keys of all the money that it lent. The file is removed once everything is back.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { checkOwn } from '../../src/cli/key-files.ts'
import type { Address } from '../../src/codec/hex.ts'
import { accountFromKey } from '../../src/keys/accounts.ts'
import { flushed } from '../../src/store/flushed.ts'
import { SetupError } from '../kit/verdict.ts'
import type { Loan } from './loans.ts'

const address = z.string().regex(/^0x[0-9a-f]{40}$/i) as unknown as z.ZodType<Address>

/** The first line: the run, and where it lends. */
const headForm = z.object({
  /** The process that lends. */
  pid: z.int().positive(),
  rpcUrl: z.string(),
  chainId: z.int(),
  lender: address,
  /** The block that was the newest when it began. */
  fromBlock: z.int(),
  begun: z.string(),
})
/** Any other line: a loan. */
const loanForm = z.object({ privateKey: z.string(), token: address, escrow: address.optional() })

/** A run and where it lends. */
export type Head = z.output<typeof headForm>

/** A book that was read. */
export interface ReadBook {
  file: string
  head: Head
  loans: Loan[]
}

const isBook = /^(?!\.).*\.key$/

export class LoanBook {
  /** Its file, which is there from the first loan on. */
  readonly file: string
  readonly #folder: string
  readonly #head: Head
  #writing: Promise<FileHandle> | undefined

  constructor(folder: string, head: Head) {
    this.#folder = folder
    this.#head = head
    const random = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString('hex')
    this.file = join(folder, `${head.chainId}-${random}.key`)
  }

  /** Resolves when the loan is on the disk. Rejects with `SetupError` where it cannot be written. */
  async write({ account: { privateKey }, token, escrow }: Loan): Promise<void> {
    const before = this.#writing ?? this.#begin()
    this.#writing = before.then((handle) => append(handle, { privateKey, token, escrow }))
    try {
      await this.#writing
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? (error as Error).message
      throw new SetupError(
        `what is lent to payers cannot be kept in ${this.#folder} (${why}); give another folder with --state-dir`,
      )
    }
  }

  /** Forgets it: everything is back. */
  async remove(): Promise<void> {
    const handle = await this.#writing?.catch(() => undefined)
    await handle?.close()
    await rm(this.file, { force: true })
  }

  async #begin(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await checkOwn(await stat(this.#folder), this.#folder, '700')
    const handle = await append(await open(this.file, 'wx', 0o600), this.#head)
    await flushed(await open(this.#folder, 'r'))
    return handle
  }
}

async function append(handle: FileHandle, line: object): Promise<FileHandle> {
  await handle.appendFile(`${JSON.stringify(line)}\n`)
  await handle.sync()
  return handle
}

/** The books in a folder, of runs that are under way and of those that left something. Throws `CliError` for others' files. */
export async function booksIn(folder: string): Promise<ReadBook[]> {
  let names: string[]
  try {
    names = await readdir(folder)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
  await checkOwn(await stat(folder), folder, '700')
  const files = names.filter((name) => isBook.test(name)).sort()
  const books = await Promise.all(files.map((name) => read(join(folder, name))))
  return books.filter((book) => book !== undefined)
}

/** Undefined for one that was killed before it lent anything. Throws `SetupError` for what is no book. */
async function read(file: string): Promise<ReadBook | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  let text: string
  try {
    await checkOwn(await handle.stat(), file, '600')
    text = await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
  // A last line that is not whole was never lent for.
  const [head, ...loans] = text.split('\n').slice(0, -1)
  if (head === undefined) return undefined
  try {
    return {
      file,
      head: headForm.parse(JSON.parse(head)),
      loans: loans.map((line) => {
        const { privateKey, token, escrow } = loanForm.parse(JSON.parse(line))
        return { account: accountFromKey(privateKey), token, ...(escrow === undefined ? {} : { escrow }) }
      }),
    }
  } catch {
    // What stands in it, and so what the parser says of it, is never told.
    throw new SetupError(`${file} is no list of loans`)
  }
}

/** Whether the process that wrote a book is still there, as far as this machine can tell. */
export function lives({ head }: Pick<ReadBook, 'head'>): boolean {
  if (head.pid === process.pid) return false
  try {
    process.kill(head.pid, 0)
    return true
  } catch (error) {
    // Not permitted: it is somebody else's, who has the number now.
    if (['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) return false
    throw error
  }
}
