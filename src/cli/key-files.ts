/**
 * Accounts in files: `<name>.key` in a folder of the user's, a private key in hex and nothing else. Only its owner can
 * read a file that is made here; one that others can read is not used. A key is written beside its place, flushed, and
 * linked there: a crash leaves a whole file or none, and no file is ever replaced.
 */
import { constants } from 'node:fs'
import { type FileHandle, link, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { DecodeError } from '../codec/decode-error.ts'
import * as Hex from '../codec/hex.ts'
import { accountFromKey, type KeyAccount } from '../keys/accounts.ts'
import { flushed } from '../store/flushed.ts'
import { CliError } from './output.ts'

/** The account that is used when none is named. */
export const defaultName = 'default'

/** The default folder of accounts. */
export const defaultFolder = (): string =>
  join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'streamed-payments', 'accounts')

/** Permissions of anyone but the owner. */
const others = 0o077
const isKeyFile = /\.key$/
/** A name is the name of a file: no path, and no key that stands in its place by mistake. */
const isName = /^(?![0-9a-f]{64}$)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/i

/** The file of an account. Throws `CliError` for a name that is none. */
export function fileOf(folder: string, name: string): string {
  if (!isName.test(name))
    throw new CliError('an account is named by letters, digits, dots, dashes and underscores, 64 at most')
  return join(folder, `${name}.key`)
}

/** Makes an account with a random key. Throws `CliError` when there is one of that name. */
export async function createAccount(folder: string, name: string): Promise<KeyAccount> {
  const file = fileOf(folder, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await checkOwn(await stat(folder), folder, '700')
  const account = randomAccount()
  const unfinished = join(folder, `.${name}.${process.pid}.${Math.random().toString(36).slice(2)}`)
  try {
    await flushed(await open(unfinished, 'wx', 0o600), (to) => to.writeFile(`${account.privateKey}\n`))
    await link(unfinished, file)
    await flushed(await open(folder, 'r'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new CliError(`there is an account ${name} already, in ${file}; it stays as it is`)
  } finally {
    await rm(unfinished, { force: true })
  }
  return account
}

/** An account by its name; undefined when there is none. Throws `CliError` for a file that must not be used. */
export async function readAccount(folder: string, name: string): Promise<KeyAccount | undefined> {
  const file = fileOf(folder, name)
  let handle: FileHandle
  try {
    // A link could lead to a file of somebody else.
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new CliError(`cannot read the account in ${file}: ${code === 'ELOOP' ? 'it is a link' : code}`)
  }
  try {
    await checkOwn(await stat(folder), folder, '700')
    // Of the file that is open: what its name stands for could change meanwhile.
    await checkOwn(await handle.stat(), file, '600')
    return keyIn(await handle.readFile('utf8'), file)
  } finally {
    await handle.close()
  }
}

/** Names of the accounts there are, in order. */
export async function accountNames(folder: string): Promise<string[]> {
  try {
    const names = (await readdir(folder)).filter((name) => isKeyFile.test(name) && !name.startsWith('.'))
    return names.map((name) => name.replace(isKeyFile, '')).sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new CliError(`cannot look for accounts in ${folder}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

/** Throws `CliError` unless the user alone can use a file or folder; `wanted` are the permissions it should have. */
export async function checkOwn({ mode, uid }: { mode: number; uid: number }, path: string, wanted: string) {
  const self = process.getuid?.()
  // Where there are no users of this kind, there are no such permissions either.
  if (self === undefined) return
  if (uid !== self) throw new CliError(`${path} belongs to another user; it is not used`)
  if ((mode & others) !== 0)
    throw new CliError(`others can use ${path}; it is not used. Make it your own: chmod ${wanted} '${path}'`)
}

/** What stands in the file is never told. */
function keyIn(text: string, file: string): KeyAccount {
  try {
    return accountFromKey(text.trim())
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof RangeError)) throw error
    throw new CliError(`${file} holds no private key`)
  }
}

function randomAccount(): KeyAccount {
  for (;;) {
    try {
      return accountFromKey(Hex.encode(crypto.getRandomValues(new Uint8Array(32))))
    } catch (error) {
      // Zero, or beyond the order of the curve: about one in 2^128.
      if (!(error instanceof RangeError)) throw error
    }
  }
}
