/** What every command prints with, and how it ends. */
import { plain, plainLine } from './plain.ts'

/** A wrong command line, or something out there that cannot be reached: one line, exit 2. */
export class CliError extends Error {
  override readonly name = 'CliError'
}

/** What was thrown, in words. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Prints a line. Whoever wrote a part of it, the terminal shows it and obeys none of it. */
export const print = (line = ''): void => {
  process.stdout.write(`${plain(line)}\n`)
}

/** Prints a value as JSON. It is data, so nothing of it is lost: what is beyond ASCII is escaped. */
export const printJson = (value: unknown, indent?: number): void => {
  const text = JSON.stringify(value, undefined, indent)
  const escaped = (unit: string) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
  process.stdout.write(`${text.replace(/[\u007f-\uffff]/g, escaped)}\n`)
}

/** Errors that are explained by their message alone; by name, since loading what throws them costs every command. */
const explained = [
  'CliError',
  'DecodeError',
  'RpcUnreachable',
  'RpcError',
  'AnvilUnavailable',
  'PolicyError',
  'PaymentRefused',
  'ServerError',
  'TimeoutError',
  'ChatError',
  'ReceiptError',
  'FacilitatorError',
  'SetupError',
  'StoreInUse',
]

/** Why a journal cannot be written. */
const fullOrForbidden = ['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS']

/** One clear line for an expected error; undefined for a bug of ours. */
export function explain(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  // Some of it was said by servers.
  if (explained.includes(error.name)) return plainLine(error.message)
  const { code, cause } = error as NodeJS.ErrnoException & { cause?: NodeJS.ErrnoException }
  if (code === 'EADDRINUSE') return 'the port is already in use; choose another with --port'
  if (code !== undefined && fullOrForbidden.includes(code)) return `nothing was paid: ${error.message}`
  if (error instanceof TypeError && cause?.code !== undefined) return `cannot connect: ${cause.code}`
  return undefined
}

/** An option that must be a whole number in a range. */
export const integer =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text)
    if (!/^[0-9]+$/.test(text) || value < min || value > max)
      throw new CliError(`expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`)
    return value
  }

/**
 * Resolves when the process is asked to stop. Asked for before a command listens: who is told where may stop it at once.
 */
export const interrupted = (): Promise<void> =>
  new Promise((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
